package dev.quartet.pilot.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Envoy's order of domains: the name, the longest `*` in front, the longest `*` behind, all.
class DomainsTest {
    private static final RouteConfiguration TABLE =
            table(
                    "*",
                    "reviews.*",
                    "reviews:*",
                    "*.example.com",
                    "*-a.example.com",
                    "www.example.com");

    private static RouteConfiguration table(String... domains) {
        var table = RouteConfiguration.newBuilder();
        for (var domain : domains) {
            table.addVirtualHosts(VirtualHost.newBuilder().setName(domain).addDomains(domain));
        }
        return table.build();
    }

    @ParameterizedTest
    @CsvSource({
        "www.example.com, www.example.com",
        "WWW.Example.COM, www.example.com",
        "b.example.com, *.example.com",
        "b-a.example.com, *-a.example.com",
        ".example.com, *",
        "reviews.shop, reviews.*",
        "reviews:80, reviews:*",
        "reviews, *",
        "www.example.com:80, *"
    })
    void takesTheNarrowestDomain(String authority, String domain) {
        assertThat(Domains.find(TABLE, authority))
                .get()
                .extracting(Domains.Found::domain)
                .isEqualTo(domain);
    }

    @Test
    void portsCountUnlessTheTableSaysOtherwise() {
        var table = table("www.example.com");

        assertThat(Domains.find(table, "www.example.com:80")).isEmpty();
        assertThat(
                        Domains.find(
                                table.toBuilder().setIgnorePortInHostMatching(true).build(),
                                "www.example.com:80"))
                .isPresent();
    }
}
