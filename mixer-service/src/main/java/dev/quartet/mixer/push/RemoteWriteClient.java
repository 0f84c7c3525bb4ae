package dev.quartet.mixer.push;

import dev.quartet.wire.prometheus.WriteRequest;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.xerial.snappy.Snappy;

/// One request of Prometheus remote write 1.0: protobuf in a snappy block, by HTTP POST.
final class RemoteWriteClient implements AutoCloseable {
    private static final int MAX_MESSAGE = 300;

    private final HttpClient http;
    private final PushTarget target;

    RemoteWriteClient(PushTarget target) {
        this.target = target;
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(target.timeout())
                        .build();
    }

    /// What became of a request.
    sealed interface Outcome {
        /// All samples are stored.
        record Taken() implements Outcome {}

        /// The samples themselves are refused (400); sending them again changes nothing.
        record Refused(String error) implements Outcome {}

        /// Not taken, or unknown whether: to be sent again.
        record Failed(String error) implements Outcome {}
    }

    Outcome send(WriteRequest request) throws InterruptedException {
        try {
            var body = Snappy.compress(request.toByteArray());
            var response =
                    http.send(
                            HttpRequest.newBuilder(target.url())
                                    .timeout(target.timeout())
                                    .header("Content-Type", "application/x-protobuf")
                                    .header("Content-Encoding", "snappy")
                                    .header("X-Prometheus-Remote-Write-Version", "0.1.0")
                                    .header("User-Agent", "quartet-mixer")
                                    .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            return outcome(response.statusCode(), response.body());
        } catch (IOException e) {
            var message = e.getMessage();
            return new Outcome.Failed(
                    target.url()
                            + " does not answer: "
                            + (message == null || message.isEmpty()
                                    ? e.getClass().getSimpleName()
                                    : message));
        }
    }

    private Outcome outcome(int status, String body) {
        var text = body.strip();
        var said = text.length() > MAX_MESSAGE ? text.substring(0, MAX_MESSAGE) + "…" : text;
        if (status >= 200 && status < 300) {
            return new Outcome.Taken();
        }
        if (status == 400) {
            return new Outcome.Refused(target.url() + " refused samples: " + said);
        }
        if (status == 404) {
            return new Outcome.Failed(
                    target.url()
                            + " answered 404: start Prometheus with"
                            + " --web.enable-remote-write-receiver, or correct quartet.mixer.remote-write-url ("
                            + said
                            + ")");
        }
        return new Outcome.Failed(target.url() + " answered " + status + ": " + said);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
