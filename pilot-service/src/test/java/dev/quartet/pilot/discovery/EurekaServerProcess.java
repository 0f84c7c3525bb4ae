package dev.quartet.pilot.discovery;

import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.netflix.eureka.server.EnableEurekaServer;

/// A Eureka server as a process of its own, so that it can be killed. It keeps nothing: after a start it is empty.
public final class EurekaServerProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);

    private final Path log;
    private final int port = FreePorts.one();
    private Process process;

    /// Not found by a scan: Pilot's tests must not become a Eureka server.
    @EnableAutoConfiguration(
            excludeName = {
                "dev.quartet.admin.AdminAutoConfiguration",
                "dev.quartet.admin.mesh.CertificateMetrics"
            })
    @EnableEurekaServer
    static class Application {}

    static final class Main {
        public static void main(String[] arguments) {
            new SpringApplicationBuilder(Application.class)
                    .web(WebApplicationType.SERVLET)
                    .run(arguments);
        }
    }

    private EurekaServerProcess(Path log) {
        this.log = log;
        this.process = launch();
    }

    /// @param folder for its log
    public static EurekaServerProcess create(Path folder) {
        var server = new EurekaServerProcess(folder.resolve("eureka-server.log"));
        try {
            server.awaitReady();
            return server;
        } catch (RuntimeException failure) {
            server.close();
            throw failure;
        }
    }

    /// After [#kill].
    public void start() {
        process = launch();
        awaitReady();
    }

    private Process launch() {
        try {
            return new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin/java").toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xmx256m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Main.class.getName(),
                            "--spring.config.name=eureka-server",
                            "--spring.cloud.kubernetes.enabled=false",
                            "--server.port=" + port,
                            "--eureka.client.register-with-eureka=false",
                            "--eureka.client.fetch-registry=false",
                            "--eureka.server.wait-time-in-ms-when-sync-empty=0",
                            "--eureka.server.response-cache-update-interval-ms=200",
                            "--eureka.server.eviction-interval-timer-in-ms=1000")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void awaitReady() {
        await("Eureka server is ready")
                .atMost(START)
                .pollInterval(Duration.ofMillis(200))
                .ignoreExceptions()
                .failFast("it has ended, see " + log, () -> !process.isAlive())
                .until(() -> get("apps").contains("applications"));
    }

    /// For clients: `eureka.client.service-url.defaultZone`.
    public String url() {
        return "http://127.0.0.1:" + port + "/eureka/";
    }

    /// What its REST says, as JSON.
    public String get(String path) throws IOException, InterruptedException {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(URI.create(url() + path))
                                    .header("Accept", "application/json")
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
        }
    }

    public void kill() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
    }
}
