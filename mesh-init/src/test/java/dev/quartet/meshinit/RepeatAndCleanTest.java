package dev.quartet.meshinit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What stands in the kernel after a second run, and after `--clean`.
class RepeatAndCleanTest {
    private Pod pod;

    @BeforeEach
    void start() throws Exception {
        pod = new Pod();
    }

    @AfterEach
    void stop() throws Exception {
        if (pod != null) {
            pod.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nft", "legacy", "auto"})
    void secondRunChangesNothing(String backend) throws Exception {
        succeeds("--backend", backend);
        var first = pod.rules();

        succeeds("--backend", backend);

        assertThat(pod.rules()).isEqualTo(first).contains("ISTIO_OUTPUT");
    }

    @Test
    void anotherRunReplacesTheOldLists() throws Exception {
        succeeds("-o", "3306");

        succeeds("-o", "5432");

        assertThat(pod.rules()).contains("--dport 5432").doesNotContain("--dport 3306");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nft", "legacy"})
    void cleanTakesAwayItsOwnAndNothingElse(String backend) throws Exception {
        pod.sh(CaptureTest.dockerDns("iptables-" + backend));
        pod.sh("ip6tables-" + backend + " -t nat -A OUTPUT -p tcp --dport 81 -j RETURN");
        var before = pod.rules();
        succeeds("--backend", backend);
        assertThat(pod.rules()).contains("DOCKER_OUTPUT", "ISTIO_INBOUND");

        succeeds("--clean");

        assertThat(pod.rules()).isEqualTo(before);
        succeeds("--clean"); // nothing there is no failure
        assertThat(pod.rules()).isEqualTo(before);
    }

    /// Each state is one that a run could have been killed in, or that somebody has left by hand.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "iptables-nft -t nat -N ISTIO_OUTPUT",
                "ip6tables-nft -t nat -N ISTIO_INBOUND; ip6tables-nft -t nat -A PREROUTING -p tcp -j ISTIO_INBOUND",
                "iptables-legacy -t nat -N ISTIO_IN_REDIRECT; iptables-legacy -t nat -N ISTIO_INBOUND; iptables-legacy -t nat -A ISTIO_INBOUND -j ISTIO_IN_REDIRECT",
                "iptables-nft -t nat -N ISTIO_OUTPUT; iptables-nft -t nat -A OUTPUT -p tcp -j ISTIO_OUTPUT; iptables-nft -t nat -A OUTPUT -p tcp -j ISTIO_OUTPUT"
            })
    void halfARunIsCompletedOrCleaned(String half) throws Exception {
        pod.rules(); // the first look at a table makes it
        var before = pod.rules();
        pod.sh(half);

        succeeds("--clean");
        assertThat(pod.rules()).isEqualTo(before);

        pod.sh(half);
        succeeds();
        succeeds("--clean");
        assertThat(pod.rules()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nft", "legacy"})
    void takesTheBackEndThatIsInUse(String backend) throws Exception {
        pod.sh(CaptureTest.dockerDns("iptables-" + backend));

        var result = pod.meshInit();

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err()).contains("(" + backend + ")");
    }

    /// The kernel's own words for the rules are those of `--dry-run`.
    @Test
    void dryRunIsWhatTheKernelThenHolds() throws Exception {
        var said = pod.meshInit("--dry-run", "-x", "10.1.0.0/16", "-o", "3306");
        assertThat(pod.rules()).doesNotContain("ISTIO");

        succeeds("-x", "10.1.0.0/16", "-o", "3306", "--backend", "nft");

        var held = new ArrayList<String>();
        for (var family : List.of("iptables-nft", "ip6tables-nft")) {
            pod.sh(family + "-save -t nat 2>/dev/null")
                    .lines()
                    .filter(line -> line.startsWith("-A"))
                    .forEach(held::add);
        }
        assertThat(held)
                .containsExactlyInAnyOrderElementsOf(
                        said.out().lines().filter(line -> line.startsWith("-A")).toList());
    }

    @Test
    void withoutThePermissionItSaysSo() throws Exception {
        for (var arguments : new String[][] {{}, {"--clean"}}) {
            var result = pod.unprivileged(arguments);

            assertThat(result.exitCode()).as(result.out() + result.err()).isEqualTo(1);
            assertThat(result.err().lines()).hasSize(1);
            assertThat(result.err()).contains("mesh-init: ").contains("NET_ADMIN");
        }
    }

    private void succeeds(String... arguments) throws Exception {
        var result = pod.meshInit(arguments);
        assertThat(result.exitCode()).as(result.err()).isZero();
    }
}
