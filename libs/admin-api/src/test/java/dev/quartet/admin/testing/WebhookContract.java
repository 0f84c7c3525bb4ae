package dev.quartet.admin.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What holds for every webhook of ours, as dynamic tests: reviews are answered in their version, and no request ends or
/// stops it (hardening case 21).
public final class WebhookContract {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String MEDIA_TYPE = "application/json";
    private static final String VERSION = "admission.k8s.io/v1";
    private static final String UID = "u-1";
    private static final int LARGE = 50 * 1024 * 1024;

    private final HttpClient client;
    private final URI door;
    private final String review;

    /// @param client trusts the webhook
    /// @param door with its path
    /// @param review that is allowed: of version `admission.k8s.io/v1`, its uid is `u-1`
    public WebhookContract(HttpClient client, URI door, String review) {
        this.client = client;
        this.door = door;
        this.review = review;
    }

    public Stream<DynamicTest> tests() {
        return Stream.of(answered(), refused(), others()).flatMap(tests -> tests);
    }

    private Stream<DynamicTest> answered() {
        return Stream.of(VERSION, VERSION + "beta1")
                .map(version ->
                        DynamicTest.dynamicTest(
                                "answers " + version, () -> assertAllowed(version)));
    }

    private Stream<DynamicTest> refused() {
        return Stream.of(
                refused("nothing", "", 400, "empty"),
                refused("a list", "[]", 400, "not a JSON object"),
                refused("half a document", "{", 400, "not JSON"),
                refused("two documents", review + "{}", 400, "not JSON"),
                refused(
                        "a key given twice",
                        "{\"kind\":\"AdmissionReview\",\"kind\":\"x\"}",
                        400,
                        "kind"),
                refused("deep objects", "{\"a\":".repeat(20_000), 400, "nesting depth"),
                refused("deep lists", "[".repeat(100_000), 400, "nesting depth"),
                refused(
                        "a deep object in a review",
                        review.replace(
                                "\"uid\"",
                                "\"x\":" + "[".repeat(600) + "]".repeat(600) + ",\"uid\""),
                        400,
                        "nesting depth"),
                refused(
                        "another kind",
                        "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}",
                        400,
                        "AdmissionReview"),
                refused(
                        "another version",
                        review.replace(VERSION, "admission.k8s.io/v2"),
                        400,
                        "v1beta1"),
                refused("no uid", review.replace(UID, ""), 400, "request.uid"),
                refused(
                        "no request",
                        "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\"}",
                        400,
                        "request.uid"));
    }

    private DynamicTest refused(String what, String body, int status, String words) {
        return DynamicTest.dynamicTest(
                "refuses " + what,
                () ->
                        assertRefused(
                                post(MEDIA_TYPE, BodyPublishers.ofString(body)), status, words));
    }

    private Stream<DynamicTest> others() {
        return Stream.of(
                DynamicTest.dynamicTest(
                        "refuses other media types",
                        () ->
                                assertRefused(
                                        post("text/plain", BodyPublishers.ofString(review)),
                                        415,
                                        MEDIA_TYPE)),
                DynamicTest.dynamicTest(
                        "refuses other methods",
                        () -> assertRefused(send(HttpRequest.newBuilder(door).GET()), 405, "POST")),
                DynamicTest.dynamicTest(
                        "serves no other path",
                        () ->
                                assertRefused(
                                        send(
                                                HttpRequest.newBuilder(
                                                                door.resolve("/admin/v1/status"))
                                                        .GET()),
                                        404,
                                        door.getPath())),
                DynamicTest.dynamicTest(
                        "goes on answering while 50 MB are sent to it", this::assertGoesOn));
    }

    private void assertGoesOn() throws Exception {
        byte[] large = new byte[LARGE];
        try (var senders = Executors.newVirtualThreadPerTaskExecutor()) {
            var known = senders.submit(() -> oversized(BodyPublishers.ofByteArray(large)));
            var chunked =
                    senders.submit(() ->
                            oversized(
                                    BodyPublishers.ofInputStream(
                                            () -> new ByteArrayInputStream(large))));
            var answers =
                    IntStream.range(0, 10)
                            .<Future<Integer>>mapToObj(
                                    _ -> senders.submit(() -> good(VERSION).statusCode()))
                            .toList();

            for (var answer : answers) {
                assertThat(answer.get()).isEqualTo(200);
            }
            assertThat(known.get()).isTrue();
            assertThat(chunked.get()).isTrue();
        }
        assertAllowed(VERSION);
    }

    /// Refused before it is read: the sender sees the refusal or, still sending, the closed connection.
    private boolean oversized(BodyPublisher body) throws InterruptedException {
        try {
            return post(MEDIA_TYPE, body).statusCode() == 413;
        } catch (IOException e) {
            assertThat(e)
                    .hasMessageMatching(
                            "(?s).*(reset|closed|Broken pipe|EOF|fewer bytes|no bytes).*");
            return true;
        }
    }

    private void assertAllowed(String version) throws Exception {
        var response = good(version);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode answer = JSON.readTree(response.body());
        assertThat(answer.path("apiVersion").asString()).isEqualTo(version);
        assertThat(answer.path("kind").asString()).isEqualTo("AdmissionReview");
        assertThat(answer.path("response").path("uid").asString()).isEqualTo(UID);
        assertThat(answer.path("response").path("allowed").asBoolean()).isTrue();
    }

    private HttpResponse<String> good(String version) throws IOException, InterruptedException {
        return post(
                MEDIA_TYPE + "; charset=utf-8",
                BodyPublishers.ofString(
                        review.replace("\"" + VERSION + "\"", "\"" + version + "\"")));
    }

    private HttpResponse<String> post(String mediaType, BodyPublisher body)
            throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(door).header("Content-Type", mediaType).POST(body));
    }

    private HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(
                request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
    }

    private static void assertRefused(HttpResponse<String> response, int status, String words) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValue("application/problem+json");
        assertThat(response.body()).contains(words);
    }
}
