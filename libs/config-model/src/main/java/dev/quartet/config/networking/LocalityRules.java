package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// When shares and replacements by locality are right: for a host, and for the mesh. After Istio 1.4, `validation.go`
/// `validateLocalityLbSetting`.
public final class LocalityRules {
    private static final String ANY = "*";

    private LocalityRules() {}

    public static void check(
            LocalityLoadBalancerSettings settings, FieldPath path, Problems problems) {
        var sources = new ArrayList<String>();
        for (int i = 0; i < settings.distribute().size(); i++) {
            var distribute = settings.distribute().get(i);
            var inner = path.field("distribute").index(i);
            locality(distribute.from(), sources, inner.field("from"), problems);
            shares(distribute, inner.field("to"), problems);
        }
        for (int i = 0; i < settings.failover().size(); i++) {
            var failover = settings.failover().get(i);
            var inner = path.field("failover").index(i);
            if (failover.from().equals(failover.to())) {
                problems.invalid(
                        inner, "a region cannot replace itself", "name another region in to");
            }
            if (failover.to().contains(ANY)) {
                problems.invalid(
                        inner.field("to"),
                        quoted(failover.to()) + " is no single region",
                        "write its name, without *");
            }
        }
    }

    /// Where one workload is.
    public static void place(@Nullable String locality, FieldPath path, Problems problems) {
        if (locality == null || locality.isEmpty()) {
            return;
        }
        var parts = List.of(locality.split("/", -1));
        if (parts.size() > 3 || parts.contains("") || locality.contains(ANY)) {
            problems.invalid(
                    path,
                    quoted(locality) + " is no locality",
                    "write region, region/zone or region/zone/subzone");
        }
    }

    private static void shares(
            LocalityLoadBalancerSettings.Distribute distribute, FieldPath path, Problems problems) {
        long sum = 0;
        var targets = new ArrayList<String>();
        for (var share : distribute.to().entrySet()) {
            locality(share.getKey(), targets, path.key(share.getKey()), problems);
            if (share.getValue() < 1 || share.getValue() > 100) {
                problems.invalid(
                        path.key(share.getKey()),
                        share.getValue() + " is no share",
                        "write 1 to 100, or take the locality out");
            }
            sum += share.getValue();
        }
        if (sum != 100) {
            problems.invalid(path, "the shares sum to " + sum, "make them sum to 100");
        }
    }

    /// @param earlier those that stand before it; it is put there too
    private static void locality(
            String locality, List<String> earlier, FieldPath path, Problems problems) {
        var parts = List.of(locality.split("/", -1));
        var star = parts.indexOf(ANY);
        if (parts.size() > 3
                || parts.contains("")
                || star >= 0 && star < parts.size() - 1
                || parts.stream().anyMatch(part -> part.contains(ANY) && !part.equals(ANY))) {
            problems.invalid(
                    path,
                    quoted(locality) + " is no locality",
                    "write region, region/zone or region/zone/subzone; the last may be *");
            return;
        }
        for (var other : earlier) {
            if (covers(other, locality) || covers(locality, other)) {
                problems.invalid(
                        path,
                        quoted(locality) + " and " + quoted(other) + " overlap",
                        "keep one of them");
                break;
            }
        }
        earlier.add(locality);
    }

    private static boolean covers(String wide, String narrow) {
        var whole = wide.endsWith(ANY) ? wide.substring(0, wide.length() - 1) : wide + "/";
        return (narrow + "/").startsWith(whole);
    }
}
