package dev.quartet.pilot.translate;

import com.google.common.net.InetAddresses;
import dev.quartet.pilot.snapshot.Subnet;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;

/// Filter chains by destination. Envoy looks for the narrowest range first and stays with the chains of that range, whatever else they ask for;
/// so what a chain of a wider range would take has to stand at the narrower ones too.
final class Ranges {
    private Ranges() {}

    /// Adds to each range the chains that take it as a part of something wider, unless it has such a chain itself.
    ///
    /// @param chains by what they match
    /// @param with a chain with another match
    static <C> void spread(
            Map<FilterChainMatch, C> chains, BiFunction<C, FilterChainMatch, C> with) {
        var ranges = new LinkedHashSet<CidrRange>();
        var there = new HashSet<FilterChainMatch>();
        for (var match : chains.keySet()) {
            ranges.addAll(match.getPrefixRangesList());
            match.getPrefixRangesList().forEach(range -> there.add(at(match, range)));
        }
        for (var match : narrowestFirst(chains.keySet())) {
            for (var range : ranges) {
                if (takes(match, range) && there.add(at(match, range))) {
                    var at = at(match, range);
                    chains.put(at, with.apply(Objects.requireNonNull(chains.get(match)), at));
                }
            }
        }
    }

    /// The same at one range.
    private static FilterChainMatch at(FilterChainMatch match, CidrRange range) {
        return match.toBuilder().clearPrefixRanges().addPrefixRanges(range).build();
    }

    private static List<FilterChainMatch> narrowestFirst(Set<FilterChainMatch> matches) {
        var sorted = new ArrayList<>(matches);
        sorted.sort((a, b) -> Integer.compare(length(b), length(a)));
        return sorted;
    }

    private static int length(FilterChainMatch match) {
        return match.getPrefixRangesList().stream()
                .mapToInt(range -> range.getPrefixLen().getValue())
                .max()
                .orElse(-1);
    }

    private static boolean takes(FilterChainMatch match, CidrRange range) {
        return !match.getPrefixRangesList().contains(range)
                && (match.getPrefixRangesCount() == 0
                        || match.getPrefixRangesList().stream()
                                .anyMatch(wider -> contains(wider, range)));
    }

    private static boolean contains(CidrRange wider, CidrRange range) {
        return subnet(wider).contains(subnet(range));
    }

    private static Subnet subnet(CidrRange range) {
        return new Subnet(
                InetAddresses.forString(range.getAddressPrefix()), range.getPrefixLen().getValue());
    }
}
