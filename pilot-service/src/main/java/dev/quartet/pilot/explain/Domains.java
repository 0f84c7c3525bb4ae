package dev.quartet.pilot.explain;

import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Which virtual host of a route table takes a request: the one with the very name, else the longest `*.example.com`, else the longest
/// `example.*`, else `*`. Case does not count; the port does, unless the table says otherwise.
/// After Envoy's `route_components.proto`, `VirtualHost.domains`.
final class Domains {
    /// @param domain by which it was found
    record Found(VirtualHost host, String domain) {}

    private Domains() {}

    /// @param authority of the request, with the port if the client writes one
    static Optional<Found> find(RouteConfiguration table, String authority) {
        var wanted =
                (table.getIgnorePortInHostMatching() ? withoutPort(authority) : authority)
                        .toLowerCase(Locale.ROOT);
        @Nullable Found exact = null;
        @Nullable Found suffix = null;
        @Nullable Found prefix = null;
        @Nullable Found all = null;
        for (var host : table.getVirtualHostsList()) {
            for (var written : host.getDomainsList()) {
                var domain = written.toLowerCase(Locale.ROOT);
                var found = new Found(host, written);
                if (domain.equals("*")) {
                    all = all == null ? found : all;
                } else if (domain.startsWith("*")) {
                    if (wanted.endsWith(domain.substring(1))
                            && wanted.length() > domain.length() - 1) {
                        suffix = longer(suffix, found);
                    }
                } else if (domain.endsWith("*")) {
                    if (wanted.startsWith(domain.substring(0, domain.length() - 1))
                            && wanted.length() > domain.length() - 1) {
                        prefix = longer(prefix, found);
                    }
                } else if (domain.equals(wanted)) {
                    exact = exact == null ? found : exact;
                }
            }
        }
        return Optional.ofNullable(exact).or(orElse(suffix)).or(orElse(prefix)).or(orElse(all));
    }

    private static java.util.function.Supplier<Optional<Found>> orElse(@Nullable Found found) {
        return () -> Optional.ofNullable(found);
    }

    private static Found longer(@Nullable Found one, Found other) {
        return one == null || other.domain().length() > one.domain().length() ? other : one;
    }

    private static String withoutPort(String authority) {
        var colon = authority.lastIndexOf(':');
        return colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
    }
}
