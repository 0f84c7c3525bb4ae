package dev.quartet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/// A real Prometheus that takes remote write, on a port and a folder of its own. It can go away and come back with its data
/// ([#stop()], [#start()]); [#close()] ends it for good.
public final class PrometheusProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(30);

    private final Path program;
    private final Path folder;
    private final int port;
    private @Nullable Process process;

    /// One sample of an instant query.
    public record Sample(Map<String, String> labels, double value) {}

    private PrometheusProcess(Path program, Path folder, int port) {
        this.program = program;
        this.folder = folder;
        this.port = port;
    }

    /// @throws TestAbortedException (a skip) when there is no `prometheus` on `PATH`
    public static PrometheusProcess create() {
        try {
            var folder = Files.createTempDirectory("prometheus");
            Files.writeString(
                    folder.resolve("prometheus.yml"),
                    "global: {scrape_interval: 5s}\nscrape_configs: []\n");
            var prometheus =
                    new PrometheusProcess(
                            OnPath.required("prometheus", "prometheus"), folder, FreePorts.one());
            prometheus.start();
            return prometheus;
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot start Prometheus", failure);
        }
    }

    public void start() {
        try {
            var started =
                    new ProcessBuilder(
                                    program.toString(),
                                    "--config.file=" + folder.resolve("prometheus.yml"),
                                    "--storage.tsdb.path=" + folder.resolve("data"),
                                    "--web.listen-address=127.0.0.1:" + port,
                                    "--web.enable-remote-write-receiver",
                                    "--log.level=warn")
                            .redirectErrorStream(true)
                            .redirectOutput(
                                    ProcessBuilder.Redirect.appendTo(
                                            folder.resolve("log").toFile()))
                            .start();
            process = started;
            Awaitility.await("Prometheus is ready")
                    .atMost(START)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> ready(started));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot start Prometheus", failure);
        } catch (RuntimeException failure) {
            stop();
            throw failure;
        }
    }

    private boolean ready(Process started) {
        if (!started.isAlive()) {
            throw new IllegalStateException(
                    "Prometheus has ended with "
                            + started.exitValue()
                            + ":\n"
                            + Processes.tail(folder.resolve("log"), 20));
        }
        try {
            return PlainHttp.get(address(), "/-/ready", Map.of()).status() == 200;
        } catch (UncheckedIOException _) {
            return false;
        }
    }

    public void stop() {
        var running = process;
        if (running != null) {
            Processes.stop(running);
            process = null;
        }
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    public String remoteWriteUrl() {
        return url() + "/api/v1/write";
    }

    /// An instant query in PromQL; the answer is to be a vector.
    public List<Sample> query(String promQl) {
        return query(address(), promQl);
    }

    /// The same, asked of any Prometheus.
    ///
    /// @throws IllegalStateException when it refuses the query
    public static List<Sample> query(InetSocketAddress prometheus, String promQl) {
        var samples = new ArrayList<Sample>();
        var data = (Map<?, ?>) ask(prometheus, "/api/v1/query?query=" + encoded(promQl));
        for (var entry : (List<?>) Objects.requireNonNull(data.get("result"))) {
            var series = (Map<?, ?>) entry;
            var labels = new TreeMap<String, String>();
            ((Map<?, ?>) Objects.requireNonNull(series.get("metric")))
                    .forEach(
                            (key, value) -> labels.put(String.valueOf(key), String.valueOf(value)));
            var pair = (List<?>) Objects.requireNonNull(series.get("value"));
            samples.add(new Sample(labels, Double.parseDouble(String.valueOf(pair.get(1)))));
        }
        return samples;
    }

    /// The values that a label has in the series that `selector` takes.
    ///
    /// @throws IllegalStateException when it refuses the selector
    public static List<String> labelValues(
            InetSocketAddress prometheus, String selector, String label) {
        return ((List<?>)
                        ask(
                                prometheus,
                                "/api/v1/label/" + label + "/values?match[]=" + encoded(selector)))
                .stream().map(String::valueOf).toList();
    }

    /// What the groups of its rule files hold, as its API shows them.
    public static List<?> ruleGroups(InetSocketAddress prometheus) {
        var data = (Map<?, ?>) ask(prometheus, "/api/v1/rules");
        return (List<?>) Objects.requireNonNull(data.get("groups"));
    }

    private static Object ask(InetSocketAddress prometheus, String path) {
        var answer = PlainHttp.get(prometheus, path, Map.of());
        if (answer.status() != 200) {
            throw new IllegalStateException(
                    "Prometheus says " + answer.status() + " to " + path + ": " + answer.body());
        }
        var root = (Map<?, ?>) Json.read(answer.body());
        return Objects.requireNonNull(root.get("data"));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        stop();
        Folders.delete(folder);
    }
}
