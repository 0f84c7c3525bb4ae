package dev.quartet.bookshop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The four services, each on a free port, behind one HTTP proxy that stands where the sidecar will stand.
class BookshopTest {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).build();
    private static final Map<String, Shop> SHOPS = new ConcurrentHashMap<>();
    private static final Map<String, Map<String, String>> LAST_HEADERS = new ConcurrentHashMap<>();
    private static @Nullable ProxySelector before;
    private static @Nullable HttpServer proxy;

    @BeforeAll
    static void openShop() throws IOException {
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", BookshopTest::forward);
        server.start();
        proxy = server;
        before = ProxySelector.getDefault();
        ProxySelector.setDefault(always(server.getAddress()));
        for (var name :
                List.of(
                        "storefront",
                        "details",
                        "ratings",
                        "reviews-v1",
                        "reviews-v2",
                        "reviews-v3")) {
            var parts = name.split("-", 2);
            var version = parts.length > 1 ? parts[1] : "v1";
            SHOPS.put(
                    name,
                    Bookshop.start(
                            new String[] {parts[0]},
                            Map.of(
                                    "BOOKSHOP_LISTEN",
                                    "127.0.0.1:0",
                                    "BOOKSHOP_VERSION",
                                    version,
                                    "BOOKSHOP_INSTANCE",
                                    name + "-pod")));
        }
    }

    @AfterAll
    static void closeShop() {
        ProxySelector.setDefault(before);
        SHOPS.values().forEach(Shop::close);
        if (proxy != null) {
            proxy.stop(0);
        }
    }

    @Test
    void storefrontShowsDetailsAndReviewsAndNamesWhoServedThem() throws Exception {
        reviewsAre("v2");

        var answer = get("storefront", "/storefront");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(answer.body())
                .contains(
                        "\"service\":\"storefront\"",
                        "\"instance\":\"details-pod\"",
                        "\"title\":\"The Time Machine\"")
                .contains(
                        "\"instance\":\"reviews-v2-pod\"",
                        "\"color\":\"black\"",
                        "\"stars\":{\"Ada\":5,\"Grace\":4}");
    }

    @Test
    void firstVersionOfReviewsAsksNobodyForStars() throws Exception {
        assertThat(get("reviews-v1", "/reviews/2").body())
                .contains("\"id\":2", "not a page too long")
                .doesNotContain("ratings");
        assertThat(get("reviews-v3", "/reviews/2").body())
                .contains("\"color\":\"red\"", "\"instance\":\"ratings-pod\"");
    }

    @Test
    void traceAndUserReachTheLastService() throws Exception {
        reviewsAre("v3");

        get(
                "storefront",
                "/storefront",
                "x-request-id",
                "r-1",
                "x-b3-traceid",
                "80f198ee56343ba864fe8b2a57d3eff7",
                "end-user",
                "jason",
                "x-other",
                "no");

        assertThat(LAST_HEADERS.get("ratings"))
                .containsEntry("x-request-id", "r-1")
                .containsEntry("x-b3-traceid", "80f198ee56343ba864fe8b2a57d3eff7")
                .containsEntry("end-user", "jason")
                .doesNotContainKey("x-other");
    }

    @Test
    void rendersHtmlForBrowsersAndEscapesTheUser() throws Exception {
        reviewsAre("v3");

        var answer =
                get("storefront", "/storefront", "accept", "text/html,*/*", "end-user", "<script>");

        assertThat(answer.body())
                .startsWith("<!doctype html>")
                .contains("★★★★★", "Hello, &lt;script&gt;")
                .doesNotContain("<script>");
    }

    @Test
    void partThatFailsGivesThePageItsStatusAndItsWords() throws Exception {
        reviewsAre("none");

        var answer = get("storefront", "/storefront");

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.body())
                .contains("\"reviews\":{")
                .contains("\"error\":\"no \\\"reviews-none\\\" here\"")
                .contains("The Time Machine");
    }

    @Test
    void saysWhatItDoesNotHave() throws Exception {
        assertThat(get("details", "/details/9").statusCode()).isEqualTo(404);
        assertThat(get("details", "/details/9").body()).contains("no book 9; the shop has 1 to 3");
        assertThat(get("details", "/ratings/1").statusCode()).isEqualTo(404);
        assertThat(get("details", "/health").body()).contains("\"status\":\"UP\"");
    }

    @Test
    void refusesSettingsThatCannotWork() {
        assertThatThrownBy(() -> Bookshop.start(new String[0], Map.of()))
                .hasMessageContaining("give one of storefront, details, reviews, ratings");
        assertThatThrownBy(() -> Bookshop.start(new String[] {"till"}, Map.of()))
                .hasMessageContaining("no service \"till\"");
        assertThatThrownBy(() ->
                        Bookshop.start(new String[] {"reviews"}, Map.of("BOOKSHOP_VERSION", "v9")))
                .hasMessageContaining("use one of v1, v2, v3");
        assertThatThrownBy(() ->
                        Bookshop.start(new String[] {"reviews"}, Map.of("BOOKSHOP_LISTEN", "here")))
                .hasMessageContaining("host:port");
    }

    private static volatile String reviewsVersion = "v1";

    private static void reviewsAre(String version) {
        reviewsVersion = version;
    }

    private static void forward(HttpExchange exchange) throws IOException {
        try (exchange) {
            var uri = exchange.getRequestURI();
            var service = uri.getHost();
            var headers = new ConcurrentHashMap<String, String>();
            exchange.getRequestHeaders()
                    .forEach((name, values) ->
                            headers.put(
                                    name.toLowerCase(java.util.Locale.ROOT), values.getFirst()));
            LAST_HEADERS.put(service, headers);
            var target = service.equals("reviews") ? "reviews-" + reviewsVersion : service;
            if (!SHOPS.containsKey(target)) {
                var body =
                        ("no \"" + target + "\" here")
                                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(503, body.length);
                exchange.getResponseBody().write(body);
                return;
            }
            var copied =
                    headers.entrySet().stream()
                            .filter(entry ->
                                    Remote.PASSED_ON.contains(entry.getKey())
                                            || entry.getKey().equals("accept"))
                            .flatMap(entry ->
                                    java.util.stream.Stream.of(entry.getKey(), entry.getValue()))
                            .toArray(String[]::new);
            var answer = get(target, uri.getPath(), copied);
            var body = answer.body().getBytes(java.nio.charset.StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.statusCode(), body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException interrupted) {
            throw new IOException(interrupted);
        }
    }

    private static HttpResponse<String> get(String name, String path, String... headers)
            throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + shop(name).address().getPort() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static Shop shop(String name) {
        var shop = SHOPS.get(name);
        assertThat(shop).as(name).isNotNull();
        return java.util.Objects.requireNonNull(shop);
    }

    private static ProxySelector always(InetSocketAddress address) {
        return new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
                return List.of(new Proxy(Proxy.Type.HTTP, address));
            }

            @Override
            public void connectFailed(URI uri, SocketAddress proxy, IOException failure) {}
        };
    }
}
