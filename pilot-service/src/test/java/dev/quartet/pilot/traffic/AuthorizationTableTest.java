package dev.quartet.pilot.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import dev.quartet.config.Tree;
import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.SpiffeId;
import dev.quartet.pilot.TestSecrets;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.policy.authorization.AccessDecisions;
import dev.quartet.policy.authorization.AccessRequest;
import dev.quartet.policy.authorization.Decision;
import dev.quartet.policy.authorization.Decision.Verdict;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.RequirementRule;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What a stock Envoy does with requests is what `policy-model` decides over them: random policies and requests of [AccessTable].
class AuthorizationTableTest {
    private static final int PASSED = 204;
    private static final int UNAUTHORIZED = 401;
    private static final int BATCHES = 40;
    private static final int REQUESTS = 15;
    private static final String ADDRESS = "127.0.7.210";

    private static TestSecrets secrets;
    private static TrafficProxy proxy;
    private static LoopbackServer application;
    private static final TestTokens TOKENS = new TestTokens();
    private static final Map<String, KeyMaterial> CALLERS = new HashMap<>();

    @BeforeAll
    static void start() {
        secrets = new TestSecrets();
        application = Silent.start();
        proxy = new TrafficProxy("storefront-v1", secrets);
    }

    @AfterAll
    static void stop() {
        proxy.close();
        application.close();
    }

    private record Outcome(
            AccessTable.Policies policies,
            AccessTable.Sent request,
            Decision decision,
            int status) {
        boolean agrees() {
            return status
                    == switch (decision.verdict()) {
                        case Verdict.Open _, Verdict.Allowed _ -> PASSED;
                        case Verdict.Denied _, Verdict.Unmatched _ -> 403;
                        case Verdict.Malformed _ -> 400;
                    };
        }

        @Override
        public String toString() {
            return "\n%s\n%s\n%s, Envoy: %d\n"
                    .formatted(policies.yaml(), request, decision, status);
        }
    }

    /// The seed stands in `authorization-table.seed`.
    @Test
    void envoyDecidesAsTheEvaluatorDoes() throws IOException {
        var seed =
                Long.parseLong(
                        Files.readString(TrafficCase.FOLDER.resolve("../authorization-table.seed"))
                                .strip());

        var outcomes = outcomes(new Random(seed), BATCHES);

        assertThat(outcomes).hasSizeGreaterThanOrEqualTo(400).allMatch(Outcome::agrees);
        assertThat(outcomes.stream().filter(it -> !it.decision().verdict().passes()).count())
                .isGreaterThanOrEqualTo(outcomes.size() * 3L / 10);
        assertThat(outcomes.stream().filter(it -> it.decision().verdict().passes()).count())
                .isGreaterThanOrEqualTo(outcomes.size() / 10L);
        var used = new HashSet<String>();
        outcomes.forEach(it -> used.addAll(it.policies().used()));
        assertThat(used).containsExactlyInAnyOrderElementsOf(AccessTable.names());
    }

    @Test
    void nothingThatIsDeniedPasses() {
        var seed = ThreadLocalRandom.current().nextLong();

        var outcomes = outcomes(new Random(seed), BATCHES / 3);

        assertThat(outcomes)
                .as("seed %d", seed)
                .noneMatch(it -> it.status() == PASSED && !it.decision().verdict().passes())
                .allMatch(Outcome::agrees);
    }

    private static List<Outcome> outcomes(Random random, int batches) {
        var outcomes = new ArrayList<Outcome>();
        for (int batch = 0; batch < batches; batch++) {
            var policies = AccessTable.policies(random);
            var mark = "/batch-" + random.nextLong(Long.MAX_VALUE);
            var snapshot = serve(mark, policies.yaml());
            for (var port : AccessTable.PORTS) {
                // Envoy says that a config is there before its worker has taken it
                await().until(() -> status(AccessTable.plain(port, mark)) == UNAUTHORIZED);
            }
            for (int i = 0; i < REQUESTS; i++) {
                var sent = AccessTable.request(random);
                outcomes.add(new Outcome(policies, sent, decision(snapshot, sent), status(sent)));
            }
        }
        return outcomes;
    }

    /// @param mark a path that needs a token: where it is refused without one this config is in force
    private static MeshSnapshot serve(String mark, String policies) {
        var config =
                """
                apiVersion: mesh.istio.io/v1alpha1
                kind: MeshConfig
                metadata: {name: default, namespace: istio-system}
                spec: {trustDomainAliases: [old.example.org]}
                ---
                apiVersion: networking.istio.io/v1alpha3
                kind: Sidecar
                metadata: {name: default, namespace: shop}
                spec:
                  ingress:
                  - {port: {number: %2$d, protocol: HTTP, name: a}, bind: %1$s, captureMode: NONE, defaultEndpoint: "127.0.0.1:%4$d"}
                  - {port: {number: %3$d, protocol: HTTP, name: b}, bind: %1$s, captureMode: NONE, defaultEndpoint: "127.0.0.1:%4$d"}
                ---
                apiVersion: security.istio.io/v1
                kind: RequestAuthentication
                metadata: {name: tokens, namespace: shop}
                spec: {jwtRules: [{issuer: "%5$s", jwks: '%6$s'}]}
                """
                        .formatted(
                                ADDRESS,
                                AccessTable.PORTS[0],
                                AccessTable.PORTS[1],
                                application.port(),
                                AccessTable.ISSUER,
                                TOKENS.keys());
        return proxy.serveWith(
                mark,
                Map.of(
                        "jwt|" + AccessTable.PORTS[0], verification(mark),
                        "jwt|" + AccessTable.PORTS[1], verification(mark)),
                TrafficCase.shop(),
                config,
                policies);
    }

    /// A token may be missing but for the mark; one that is there is good.
    private static Any verification(String mark) {
        var provider =
                io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtProvider.newBuilder()
                        .setIssuer(AccessTable.ISSUER)
                        .setPayloadInMetadata(AccessTable.ISSUER)
                        .setLocalJwks(
                                io.envoyproxy.envoy.config.core.v3.DataSource.newBuilder()
                                        .setInlineString(TOKENS.keys()));
        return Any.pack(
                io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication
                        .newBuilder()
                        .putProviders("p", provider.build())
                        .addRules(
                                RequirementRule.newBuilder()
                                        .setMatch(RouteMatch.newBuilder().setPath(mark))
                                        .setRequires(
                                                JwtRequirement.newBuilder().setProviderName("p")))
                        .addRules(
                                io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3
                                        .RequirementRule.newBuilder()
                                        .setMatch(
                                                io.envoyproxy.envoy.config.route.v3.RouteMatch
                                                        .newBuilder()
                                                        .setPrefix("/"))
                                        .setRequires(
                                                io.envoyproxy.envoy.extensions.filters.http
                                                        .jwt_authn.v3.JwtRequirement.newBuilder()
                                                        .setRequiresAny(
                                                                io.envoyproxy.envoy.extensions
                                                                        .filters.http.jwt_authn.v3
                                                                        .JwtRequirementOrList
                                                                        .newBuilder()
                                                                        .addRequirements(
                                                                                io.envoyproxy.envoy
                                                                                        .extensions
                                                                                        .filters
                                                                                        .http
                                                                                        .jwt_authn
                                                                                        .v3
                                                                                        .JwtRequirement
                                                                                        .newBuilder()
                                                                                        .setProviderName(
                                                                                                "p"))
                                                                        .addRequirements(
                                                                                io.envoyproxy.envoy
                                                                                        .extensions
                                                                                        .filters
                                                                                        .http
                                                                                        .jwt_authn
                                                                                        .v3
                                                                                        .JwtRequirement
                                                                                        .newBuilder()
                                                                                        .setAllowMissing(
                                                                                                com
                                                                                                        .google
                                                                                                        .protobuf
                                                                                                        .Empty
                                                                                                        .getDefaultInstance())))))
                        .build());
    }

    private static Decision decision(MeshSnapshot snapshot, AccessTable.Sent sent) {
        var workload = snapshot.workload(proxy.proxy().instance()).orElseThrow();
        var headers = new LinkedHashMap<String, List<String>>();
        if (!sent.header().isEmpty()) {
            headers.put("x-a", sent.header());
        }
        var tokens =
                sent.token().isEmpty()
                        ? Map.<String, Tree.Fields>of()
                        : Map.of(AccessTable.ISSUER, AccessTable.claims(sent.token()));
        var forwarded = sent.forwardedFor();
        var told = forwarded.substring(forwarded.lastIndexOf(' ') + 1);
        return AccessDecisions.decide(
                snapshot.accessPolicies(workload),
                new AccessRequest(
                        sent.caller().isEmpty() ? Optional.empty() : Optional.of(sent.caller()),
                        sent.address(),
                        sent.caller().isEmpty() || told.isEmpty() ? sent.address() : told,
                        ADDRESS,
                        sent.port(),
                        sent.sni(),
                        Map.of(),
                        Optional.of(
                                new AccessRequest.Http(
                                        sent.method(),
                                        sent.host(),
                                        sent.path(),
                                        headers,
                                        tokens))));
    }

    private static int status(AccessTable.Sent sent) {
        var head = new StringBuilder();
        head.append(sent.method()).append(' ').append(sent.path()).append(" HTTP/1.1\r\n");
        head.append("Host: ").append(sent.host()).append("\r\nConnection: close\r\n");
        head.append("Content-Length: 0\r\n");
        sent.header().forEach(value -> head.append("X-A: ").append(value).append("\r\n"));
        if (!sent.forwardedFor().isEmpty()) {
            head.append("X-Forwarded-For: ").append(sent.forwardedFor()).append("\r\n");
        }
        if (!sent.token().isEmpty()) {
            head.append("Authorization: Bearer ")
                    .append(TOKENS.sign(AccessTable.claims(sent.token())))
                    .append("\r\n");
        }
        try (var socket = socket(sent)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            var answer =
                    new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
            return answer.length() < 12 ? 0 : Integer.parseInt(answer.substring(9));
        } catch (IOException failure) {
            throw new IllegalStateException(sent.toString(), failure);
        }
    }

    private static Socket socket(AccessTable.Sent sent) throws IOException {
        var socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral(sent.address()), 0));
        socket.connect(new InetSocketAddress(ADDRESS, sent.port()), 10_000);
        if (sent.caller().isEmpty()) {
            return socket;
        }
        var identity =
                CALLERS.computeIfAbsent(
                        sent.caller(),
                        caller -> {
                            var parts = caller.split("/");
                            return secrets.authority()
                                    .issue(
                                            new SpiffeId(parts[0], parts[2], parts[4]),
                                            Duration.ofHours(1));
                        });
        return MeshTls.over(socket, identity, sent.sni());
    }
}
