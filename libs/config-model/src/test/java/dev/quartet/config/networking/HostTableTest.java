package dev.quartet.config.networking;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class HostTableTest {
    @Test
    void takesTheNarrowestPattern() {
        var table = table(List.of("*", "*.example.org", "*.a.example.org", "a.example.org"));

        assertThat(table.covering("B.A.example.org")).isEqualTo("*.a.example.org");
        assertThat(table.covering("a.example.org")).isEqualTo("a.example.org");
        assertThat(table.covering("example.org")).isEqualTo("*");
    }

    /// The table is a faster walk: it finds something where, and only where, [Hosts#covers] holds.
    @Property(tries = 2000)
    void findsWhatCovers(@ForAll("hosts") List<String> hosts, @ForAll("host") String host) {
        var table = table(hosts);

        var wider = hosts.stream().filter(one -> Hosts.covers(one, host)).toList();
        var narrower = hosts.stream().filter(one -> Hosts.covers(host, one)).toList();

        assertThat(wider.isEmpty() ? Stream.of((String) null) : wider.stream())
                .contains(table.covering(host));
        assertThat(narrower.isEmpty() ? Stream.of((String) null) : narrower.stream())
                .contains(table.coveredBy(host));
    }

    private static HostTable<String> table(List<String> hosts) {
        var table = new HostTable<String>();
        hosts.forEach(host -> table.putIfAbsent(host, host));
        return table;
    }

    @Provide
    Arbitrary<List<String>> hosts() {
        return host().list().ofMaxSize(8);
    }

    @Provide
    Arbitrary<String> host() {
        return Arbitraries.of("a", "b", "ab", "*")
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(labels -> String.join(".", labels).replaceAll("(?<=.)\\*", "b"));
    }
}
