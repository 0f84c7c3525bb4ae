package dev.quartet.pilot.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.JsonFormat;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.Tokens;
import dev.quartet.pilot.ingest.IssuerHosts;
import dev.quartet.pilot.ingest.IssuerSettings;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.snapshot.SnapshotBuilder;
import dev.quartet.testkit.EnvoyProcess;
import dev.quartet.testkit.FreePorts;
import dev.quartet.testkit.PlainHttp;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// A stock Envoy with the filter and the cluster that Pilot makes, and an issuer whose server does what the test says. Keys are fetched
/// every second, not every five minutes. Hardening cases 10, 11 and 12.
class TokensOnEnvoyTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String HOST = "issuer.example.org";
    private static final String ISSUER = "https://issuer.example.org";
    private static final int MEGABYTE = 1 << 20;

    /// What the issuer's server answers.
    private enum Answer {
        KEYS,
        OTHER_KEYS,
        ERROR,
        NOTHING,
        NO_KEYS,
        NO_JSON,
        REDIRECT,
        HUGE
    }

    private final int port = FreePorts.one();
    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger followed = new AtomicInteger();
    private volatile Answer answer = Answer.KEYS;
    private HttpServer issuer;
    private @Nullable EnvoyProcess envoy;

    @BeforeEach
    void startIssuer() throws IOException {
        issuer = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        issuer.createContext("/keys", this::answer);
        issuer.createContext(
                "/elsewhere",
                exchange -> {
                    followed.incrementAndGet();
                    send(exchange, 200, Tokens.jwks().getBytes(StandardCharsets.US_ASCII));
                });
        issuer.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        issuer.start();
    }

    @AfterEach
    void stop() {
        if (envoy != null) {
            envoy.close();
        }
        issuer.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        asked.incrementAndGet();
        switch (answer) {
            case KEYS -> send(exchange, 200, Tokens.jwks().getBytes(StandardCharsets.US_ASCII));
            case OTHER_KEYS ->
                    send(
                            exchange,
                            200,
                            Tokens.jwks()
                                    .replace("\"kid\":\"tests\"", "\"kid\":\"next\"")
                                    .getBytes(StandardCharsets.US_ASCII));
            case ERROR -> send(exchange, 500, new byte[0]);
            case NOTHING -> exchange.close();
            case NO_KEYS ->
                    send(exchange, 200, "{\"keys\": []}".getBytes(StandardCharsets.US_ASCII));
            case NO_JSON -> send(exchange, 200, "keys".getBytes(StandardCharsets.US_ASCII));
            case REDIRECT -> {
                exchange.getResponseHeaders().set("location", "/elsewhere");
                send(exchange, 302, new byte[0]);
            }
            case HUGE -> {
                try (exchange) {
                    exchange.sendResponseHeaders(200, 0);
                    var body = exchange.getResponseBody();
                    body.write("{\"keys\": [".getBytes(StandardCharsets.US_ASCII));
                    for (var i = 0; i < 64; i++) {
                        body.write(new byte[MEGABYTE]);
                    }
                } catch (IOException _) {
                    // the proxy has had enough
                }
            }
        }
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "200, ''",
        "200, exp=30",
        "401, exp=-120",
        "401, exp=",
        "401, nbf=120",
        "401, iss=https://other.example.org",
        "401, iss=",
        "403, aud=other",
        "401, alg=none",
        "401, alg=HS256",
        "401, kid=unknown"
    })
    void aTokenIsGoodOrRefused(int status, String changed) {
        start();
        awaitStatus(200, good());
        var parts = new java.util.TreeMap<>(Map.of("aud", "shop"));
        for (var part : changed.split(";")) {
            if (!part.isEmpty()) {
                var both = part.split("=", 2);
                parts.put(both[0], both[1]);
            }
        }

        assertThat(get(Tokens.token(parts))).isEqualTo(status);
    }

    @Test
    void aTokenOfAMegabyteReachesNobody() {
        start();
        awaitStatus(200, good());

        assertThat(get(Tokens.token(Map.of("aud", "shop", "long", "a".repeat(MEGABYTE)))))
                .isIn(CLOSED, 431);

        assertThat(get(good())).isEqualTo(200);
    }

    @Test
    void aTokenThatIsCutOrChangedIsRefused() {
        start();
        awaitStatus(200, good());
        var token = good();
        var parts = token.split("\\.");

        for (var bad :
                List.of(
                        token.substring(0, token.length() - 4),
                        parts[0] + "." + parts[1] + ".",
                        parts[0] + "." + parts[1],
                        "." + parts[1] + "." + parts[2],
                        Tokens.token(Map.of("aud", "shop", "sub", "root")).split("\\.")[0]
                                + "."
                                + Tokens.token(Map.of("aud", "shop", "sub", "root")).split("\\.")[1]
                                + "."
                                + parts[2],
                        "a.b.c",
                        "\u00ff.\u00ff.\u00ff")) {
            assertThat(get(bad)).as(bad).isEqualTo(401);
        }
    }

    /// A fetch that fails is made again after two seconds; the keys before are used meanwhile, for as long as it takes.
    @ParameterizedTest
    @EnumSource(
            value = Answer.class,
            names = {"ERROR", "NOTHING", "NO_KEYS", "NO_JSON", "REDIRECT", "HUGE"})
    void theLastGoodKeysStay(Answer bad) {
        start();
        awaitStatus(200, good());

        answer = bad;

        awaitQuestions(3);
        assertThat(get(good())).isEqualTo(200);
        assertThat(followed).as("redirects that were followed").hasValue(0);

        answer = Answer.OTHER_KEYS;
        awaitStatus(401, good());
        awaitStatus(200, Tokens.token(Map.of("aud", "shop", "kid", "next")));
    }

    @ParameterizedTest
    @EnumSource(
            value = Answer.class,
            names = {"ERROR", "NOTHING", "NO_KEYS", "NO_JSON", "REDIRECT", "HUGE"})
    void withoutKeysEveryTokenIsRefusedUntilThereAreSome(Answer bad) {
        answer = bad;
        start();

        assertThat(get(good())).isEqualTo(401);
        awaitQuestions(2);
        assertThat(get(good())).isEqualTo(401);
        assertThat(get("")).as("without a token").isEqualTo(200);
        assertThat(followed).as("redirects that were followed").hasValue(0);

        answer = Answer.KEYS;
        awaitStatus(200, good());
    }

    @Test
    void anAddressThatIsNotAllowedIsNeverAsked() {
        start();
        awaitStatus(200, good());

        startWith(List.of());

        assertThat(get(good())).isEqualTo(401);
        var before = asked.get();
        await().atMost(LIMIT)
                .until(() -> running().stat("http.test.jwt_authn.jwks_fetch_failed") > 1);
        assertThat(asked).hasValue(before);
    }

    private static final int CLOSED = 0;

    private static String good() {
        return Tokens.token(Map.of("aud", "shop"));
    }

    private void awaitStatus(int status, String token) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(get(token)).isEqualTo(status));
    }

    private void awaitQuestions(int more) {
        var before = asked.get();
        await().atMost(LIMIT).until(() -> asked.get() >= before + more);
    }

    /// @param token empty: none
    private int get(String token) {
        try {
            return PlainHttp.get(
                            new InetSocketAddress("127.0.0.1", port),
                            "/",
                            token.isEmpty()
                                    ? Map.of("Host", "shop.example.org")
                                    : Map.of(
                                            "Host",
                                            "shop.example.org",
                                            "Authorization",
                                            "Bearer " + token))
                    .status();
        } catch (UncheckedIOException closed) {
            return CLOSED;
        }
    }

    private void start() {
        startWith(List.of(HOST));
    }

    private EnvoyProcess running() {
        return Objects.requireNonNull(envoy);
    }

    private void startWith(List<String> allowed) {
        if (envoy != null) {
            envoy.close();
        }
        var proxy = Meshes.sidecar("reviews-v1", "127.1.0.1");
        var config =
                Meshes.config(
                        "one",
                        Meshes.service("reviews", "v1"),
                        """
                        apiVersion: security.istio.io/v1
                        kind: RequestAuthentication
                        metadata: {name: tokens, namespace: shop}
                        spec:
                          jwtRules: [{issuer: "%s", audiences: [shop], jwksUri: "http://%s:%d/keys", timeout: 2s}]
                        """
                                .formatted(ISSUER, HOST, issuer.getAddress().getPort()));
        var inputs = Meshes.inputs(config, proxy);
        try (var hosts =
                new IssuerHosts(
                        new IssuerSettings(allowed, Duration.ofMinutes(1), Duration.ofMinutes(1)),
                        _ -> List.of(InetAddress.ofLiteral("127.0.0.1")),
                        () -> {})) {
            await().atMost(LIMIT).until(() -> hosts.of(config).byHost().containsKey(HOST));
            var snapshot =
                    new SnapshotBuilder()
                            .build(
                                    new MeshInputs(
                                            config,
                                            inputs.presences(),
                                            inputs.registry(),
                                            hosts.of(config),
                                            inputs.leftOut()));
            var made = Translation.of(snapshot).configFor(proxy);
            var started = EnvoyProcess.start(bootstrap(made));
            envoy = started;
            started.awaitReady();
        } catch (InvalidProtocolBufferException wrong) {
            throw new UncheckedIOException(wrong);
        }
    }

    private String bootstrap(ProxyConfig made) throws InvalidProtocolBufferException {
        var clusters =
                made.sets(XdsType.CDS).stream()
                        .flatMap(set -> set.all().stream())
                        .filter(it -> it.name().startsWith("issuer|"))
                        .toList();
        var cluster = clusters.getFirst().content().unpack(Cluster.class);
        var filter =
                Objects.requireNonNull(made.find(XdsType.ECDS, "jwt|9080"))
                        .content()
                        .unpack(TypedExtensionConfig.class)
                        .getTypedConfig()
                        .unpack(JwtAuthentication.class)
                        .toBuilder();
        // Envoy fetches anew five seconds before keys end
        filter.getProvidersMap()
                .forEach((name, provider) -> {
                    if (provider.hasRemoteJwks()) {
                        var often = provider.toBuilder();
                        often.getRemoteJwksBuilder().setCacheDuration(Durations.fromSeconds(6));
                        filter.putProviders(name, often.build());
                    }
                });
        var printer = JsonFormat.printer().omittingInsignificantWhitespace();
        return """
        {"admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
         "static_resources": {
          "clusters": [%s],
          "listeners": [{"name": "test", "address": {"socket_address": {"address": "127.0.0.1", "port_value": %d}},
           "filter_chains": [{"filters": [{"name": "http", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "test",
            "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
             {"match": {"prefix": "/"}, "direct_response": {"status": 200}}]}]},
            "http_filters": [
             {"name": "jwt", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication", %s},
             {"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}]}}
        """
                .formatted(
                        printer.print(cluster), port, printer.print(filter.build()).substring(1));
    }
}
