package dev.quartet.config.networking;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostsTest {
    @ParameterizedTest
    @CsvSource({
        "reviews, shop, reviews.shop.svc.cluster.local",
        "Reviews, shop, reviews.shop.svc.cluster.local",
        "reviews.shop, shop, reviews.shop",
        "reviews.shop.svc.cluster.local, other, reviews.shop.svc.cluster.local",
        "API.Example.ORG, shop, api.example.org",
        "*, shop, *",
        "*.example.org, shop, *.example.org",
        "10.0.0.1, shop, 10.0.0.1",
        "::1, shop, ::1",
        "'', shop, ''",
        "reviews, '', reviews",
    })
    void resolvesShortNamesInTheNamespaceOfTheResource(
            String host, String namespace, String expected) {
        assertThat(Hosts.resolve(host, namespace)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "*, a.example.org, true",
        "*.example.org, a.example.org, true",
        "*.example.org, a.b.example.org, true",
        "*.example.org, *.b.example.org, true",
        "*.example.org, example.org, false",
        "*.example.org, badexample.org, false",
        "*.b.example.org, *.example.org, false",
        "a.example.org, a.example.org, true",
        "a.example.org, *.example.org, false",
        "a.example.org, b.example.org, false",
    })
    void coversByWholeNameOrSuffix(String pattern, String host, boolean expected) {
        assertThat(Hosts.covers(pattern, host)).isEqualTo(expected);
    }
}
