package dev.quartet.pilot.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.pilot.TestSecrets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every case in `traffic`, by real requests through a stock Envoy. Of each request Pilot must be able to say what became of it, too.
class TrafficTest {
    /// The port of the gateway's server in a case.
    private static final String GATEWAY_PORT = "18080";

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Map<String, TrafficProxy> PROXIES = new HashMap<>();
    private static final TestSecrets SECRETS = new TestSecrets();
    private static final Upstreams UPSTREAMS =
            new Upstreams(SECRETS.authority(), SECRETS.material());

    /// What Citadel has for users' credentials: a server's, a client's and others'; the CA in each but a stranger's is `root`.
    @BeforeAll
    static void giveSecrets() {
        SECRETS.put("web", UPSTREAMS.material("server"), UPSTREAMS.root());
        SECRETS.put("client", UPSTREAMS.material("client"), UPSTREAMS.root());
        SECRETS.put("of-a-stranger", UPSTREAMS.material("stranger"), SECRETS.authority().root());
        SECRETS.put("partners", UPSTREAMS.material("partners"), UPSTREAMS.root());
    }

    @AfterAll
    static void close() {
        PROXIES.values().forEach(TrafficProxy::close);
        PROXIES.clear();
        UPSTREAMS.close();
    }

    static List<TrafficCase> cases() {
        var wanted = System.getProperty("traffic.case", "");
        return TrafficCase.all().stream()
                .filter(example -> example.name().contains(wanted))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void doesWhatTheCaseSays(TrafficCase example) {
        var proxy =
                PROXIES.computeIfAbsent(example.proxy(), role -> new TrafficProxy(role, SECRETS));
        proxy.serve(
                example.name(), placed(TrafficCase.shop(), proxy), placed(example.config(), proxy));
        var client = new TrafficClient(proxy, UPSTREAMS);

        var number = 0;
        var copies = new HashSet<String>();
        for (var request : example.requests()) {
            number++;
            var wanted = Expectation.text(request.expect());
            var agreement = new ExplainAgreement(proxy, UPSTREAMS, request, copies);
            var attempt = client.send(request);
            try {
                await().atMost(LIMIT)
                        .untilAsserted(() ->
                                assertThat(Expectation.text(attempt.actual(request.expect())))
                                        .isEqualTo(wanted));
                copies.addAll(agreement.check(example, attempt));
            } catch (org.awaitility.core.ConditionTimeoutException late) {
                throw new AssertionError(
                        "%s: request %d (%s %s) of the case \"%s\"\nexpected:\n%sbut was:\n%s\nanswers: %s"
                                .formatted(
                                        example.file(),
                                        number,
                                        request.method(),
                                        request.url(),
                                        example.title(),
                                        wanted,
                                        Expectation.text(attempt.actual(request.expect())),
                                        attempt.summary()));
            } finally {
                attempt.close();
            }
        }
    }

    private static String placed(String config, TrafficProxy proxy) {
        return UPSTREAMS
                .placed(config)
                .replace(GATEWAY_PORT, String.valueOf(proxy.address().getPort()));
    }
}
