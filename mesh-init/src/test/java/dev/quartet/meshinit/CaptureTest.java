package dev.quartet.meshinit;

import static dev.quartet.meshinit.Pod.APPLICATION;
import static dev.quartet.meshinit.Pod.APPLICATION_UID;
import static dev.quartet.meshinit.Pod.INBOUND;
import static dev.quartet.meshinit.Pod.OUTBOUND;
import static dev.quartet.meshinit.Pod.PROXY_UID;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.meshinit.Pod.Family;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Where connections really end.
class CaptureTest {
    private static final int OTHER_PORT = 9081;
    private Pod pod;

    @BeforeEach
    void start() throws Exception {
        pod = new Pod().listening();
    }

    @AfterEach
    void stop() throws Exception {
        if (pod != null) {
            pod.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"nft, IPV4", "nft, IPV6", "legacy, IPV4", "legacy, IPV6"})
    void capturesAllButTheProxysAndLoopback(String backend, Family family) throws Exception {
        capture("--backend", backend);

        // out: the application's is captured, the proxy's is not, by user or by group
        assertThat(application(family.neighbour, APPLICATION)).isEqualTo(port(OUTBOUND));
        assertThat(proxy(family.neighbour, APPLICATION)).isEqualTo(port(APPLICATION));
        assertThat(pod.dial(APPLICATION_UID, PROXY_UID, family.neighbour, APPLICATION))
                .isEqualTo(port(APPLICATION));
        // loopback: nobody's
        assertThat(application(family.loopback, APPLICATION)).isEqualTo(port(APPLICATION));
        assertThat(proxy(family.loopback, APPLICATION)).isEqualTo(port(APPLICATION));
        // in: all but the proxy's own ports and 22
        assertThat(pod.dialFromOutside(family.pod, APPLICATION)).isEqualTo(port(INBOUND));
        for (var open : new int[] {22, 15020, 15021, 15090}) {
            assertThat(pod.dialFromOutside(family.pod, open)).isEqualTo(port(open));
        }
        // a workload calls itself: out through the proxy, and by it in again, like anyone
        assertThat(application(family.pod, APPLICATION)).isEqualTo(port(OUTBOUND));
        assertThat(proxy(family.pod, APPLICATION)).isEqualTo(port(INBOUND));
        assertThat(proxy(family.pod, 15020)).isEqualTo(port(15020));
        // what the proxy hands on for ports that it does not know goes to the application
        assertThat(pod.dial(PROXY_UID, PROXY_UID, family.passthrough, family.pod, APPLICATION))
                .isEqualTo(port(APPLICATION));
    }

    @ParameterizedTest
    @EnumSource
    void leavesOutWhatIsExcluded(Family family) throws Exception {
        capture(
                "-o",
                "9081",
                "-x",
                "10.77.0.1/32,fd77::1/128",
                "-d",
                "9443",
                "--exclude-inbound-cidrs",
                "10.99.0.0/16");

        assertThat(application(family.neighbour, APPLICATION)).isEqualTo(port(APPLICATION));
        assertThat(application(family.pod, OTHER_PORT)).isEqualTo(port(OTHER_PORT));
        assertThat(application(family.pod, APPLICATION)).isEqualTo(port(OUTBOUND));
        assertThat(pod.dialFromOutside(family.pod, 9443)).isEqualTo(port(9443));
        assertThat(pod.dialFromOutside(family.pod, APPLICATION)).isEqualTo(port(INBOUND));
    }

    @ParameterizedTest
    @EnumSource
    void capturesOnlyWhatIsIncluded(Family family) throws Exception {
        capture(
                "-i",
                "10.77.0.1,fd77::1",
                "--outbound-ports",
                "9080",
                "-b",
                "22,9080",
                "--inbound-cidrs",
                "10.77.0.0/24,fd77::/64");

        assertThat(application(family.neighbour, APPLICATION)).isEqualTo(port(OUTBOUND));
        assertThat(application(family.neighbour, OTHER_PORT)).isEqualTo(port(OTHER_PORT));
        assertThat(application(family.pod, APPLICATION)).isEqualTo(port(APPLICATION));
        assertThat(pod.dialFromOutside(family.pod, APPLICATION)).isEqualTo(port(INBOUND));
        assertThat(pod.dialFromOutside(family.pod, 22)).isEqualTo(port(INBOUND));
        assertThat(pod.dialFromOutside(family.pod, OTHER_PORT)).isEqualTo(port(OTHER_PORT));
    }

    @ParameterizedTest
    @EnumSource
    void sourcesOutsideTheRangesGoToTheApplication(Family family) throws Exception {
        capture("--exclude-inbound-cidrs", "10.77.0.1,fd77::1");

        assertThat(pod.dialFromOutside(family.pod, APPLICATION)).isEqualTo(port(APPLICATION));
    }

    @Test
    void dockersDnsAnswersWhicheverRulesCameFirst() throws Exception {
        pod.sh(dockerDns("iptables-nft"));
        capture();
        assertThat(application("127.0.0.11", 53)).isEqualTo(port(9953));

        // The engine that starts again puts its own behind ours.
        pod.sh(
                "iptables-nft -t nat -D OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT; iptables-nft -t nat -A OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT");
        assertThat(application("127.0.0.11", 53)).isEqualTo(port(9953));
        assertThat(proxy("127.0.0.11", 53)).isEqualTo(port(9953));
    }

    static String dockerDns(String iptables) {
        return "%1$s -t nat -N DOCKER_OUTPUT; %1$s -t nat -A OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT; %1$s -t nat -A DOCKER_OUTPUT -d 127.0.0.11/32 -p tcp -m tcp --dport 53 -j DNAT --to-destination 127.0.0.11:9953"
                .formatted(iptables);
    }

    private void capture(String... arguments) throws Exception {
        var result = pod.meshInit(arguments);
        assertThat(result.exitCode()).as(result.err()).isZero();
    }

    private String application(String address, int port) throws Exception {
        return pod.dial(APPLICATION_UID, APPLICATION_UID, address, port);
    }

    private String proxy(String address, int port) throws Exception {
        return pod.dial(PROXY_UID, PROXY_UID, address, port);
    }

    private static String port(int port) {
        return Integer.toString(port);
    }
}
