package dev.quartet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// `docker-compose.yml` of this source tree under a project name and on ports of its own, on the engine that `DOCKER_HOST` names. The images must be there.
/// [#close()] takes away all that it made.
public final class ComposeMesh implements AutoCloseable {
    private static final List<String> PORTS =
            List.of(
                    "GATEWAY_PORT",
                    "PROMETHEUS_PORT",
                    "GRAFANA_PORT",
                    "CITADEL_PORT",
                    "GALLEY_PORT",
                    "PILOT_PORT",
                    "MIXER_PORT");
    private static final Duration UP = Duration.ofSeconds(180);
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Path root = SourceTree.root();
    private final String project =
            "quartet-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    private final Map<String, Integer> ports = new TreeMap<>();
    private final List<String> program;
    private final List<String> built = new ArrayList<>();

    private ComposeMesh() {
        var free = FreePorts.several(PORTS.size());
        for (var i = 0; i < free.size(); i++) {
            ports.put(PORTS.get(i), free.get(i));
        }
        program =
                run(List.of("docker", "compose", "version"), Map.of(), "").exitCode() == 0
                        ? List.of("docker", "compose")
                        : List.of("docker-compose");
    }

    /// Nothing runs yet.
    public static ComposeMesh prepare() {
        return new ComposeMesh();
    }

    public String project() {
        return project;
    }

    /// `docker compose up -d`; returns when the gateway answers 200.
    public ComposeMesh up() {
        compose("up", "-d").orFail();
        awaitPage();
        return this;
    }

    /// Not by Awaitility: benchmarks run without the test libraries.
    private void awaitPage() {
        var end = System.nanoTime() + UP.toNanos();
        while (!page()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "no 200 of the bookshop after %d s:\n%s"
                                .formatted(UP.toSeconds(), compose("ps").output()));
            }
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
    }

    private boolean page() {
        try {
            return PlainHttp.get(gateway(), "/storefront", Map.of()).status() == 200;
        } catch (UncheckedIOException _) {
            return false;
        }
    }

    public InetSocketAddress gateway() {
        return published("GATEWAY_PORT");
    }

    public InetSocketAddress prometheus() {
        return published("PROMETHEUS_PORT");
    }

    public InetSocketAddress grafana() {
        return published("GRAFANA_PORT");
    }

    public int port(String variable) {
        var port = ports.get(variable);
        if (port == null) {
            throw new IllegalArgumentException(variable + " is none of " + PORTS);
        }
        return port;
    }

    private InetSocketAddress published(String variable) {
        return new InetSocketAddress("127.0.0.1", port(variable));
    }

    public Command.Result compose(String... arguments) {
        return run(composed(arguments), Map.of(), "");
    }

    /// `mesh` as a user without a JDK has it: `docker compose run --rm mesh …`.
    ///
    /// @param input the standard input
    public Command.Result mesh(String input, String... arguments) {
        var command = composed("run", "--rm", "-T", "mesh");
        command.addAll(Arrays.asList(arguments));
        return run(command, Map.of(), input);
    }

    /// Replaces a service by an image of another name with something in it that is new, as after a build of another version.
    public void replace(String service) {
        var old = docker("inspect", "--format", "{{.Config.Image}}", container(service)).orFail();
        var version = "next-" + COUNT.incrementAndGet();
        var name = old.lastLine().replaceFirst(":.*", "") + ":" + version;
        run(
                        List.of("docker", "build", "-q", "-t", name, "-"),
                        Map.of("DOCKER_BUILDKIT", "0"),
                        "FROM " + old.lastLine() + "\nLABEL version=" + version + "\n")
                .orFail();
        built.add(name);
        run(
                        composed("up", "-d", "--force-recreate", "--no-deps", service),
                        Map.of("QUARTET_VERSION", version),
                        "")
                .orFail();
        if (!inspect(service, "{{.Config.Image}}").equals(name)) {
            throw new AssertionError(service + " does not run " + name);
        }
    }

    private List<String> composed(String... arguments) {
        var command = new ArrayList<>(program);
        command.addAll(List.of("--project-directory", root.toString()));
        command.addAll(List.of("-f", root.resolve("docker-compose.yml").toString()));
        command.addAll(List.of("-p", project));
        command.addAll(Arrays.asList(arguments));
        return command;
    }

    public Command.Result docker(String... arguments) {
        var command = new ArrayList<>(List.of("docker"));
        command.addAll(Arrays.asList(arguments));
        return run(command, Map.of(), "");
    }

    /// What `docker inspect` says of a service's container in a Go template's words.
    public String inspect(String service, String format) {
        return docker("inspect", "--format", format, container(service)).orFail().lastLine();
    }

    /// The container's id; running or not.
    public String container(String service) {
        var id =
                docker(
                                "ps",
                                "-aq",
                                "--filter",
                                "label=com.docker.compose.project=" + project,
                                "--filter",
                                "label=com.docker.compose.service=" + service)
                        .orFail()
                        .lastLine();
        if (id.isEmpty()) {
            throw new AssertionError("there is no container of " + service);
        }
        return id;
    }

    /// Runs a program in a service's container.
    public Command.Result exec(String service, String... command) {
        var arguments = new ArrayList<>(List.of("exec", container(service)));
        arguments.addAll(Arrays.asList(command));
        return docker(arguments.toArray(String[]::new));
    }

    public boolean running(String service) {
        return inspect(service, "{{.State.Running}}").equals("true");
    }

    /// Whether it runs, and its own health check passes now where it is one of our images.
    public boolean healthy(String service) {
        return running(service)
                && (!inspect(service, "{{with .Config.Healthcheck}}{{.Test}}{{end}}")
                                .contains("healthy.sh")
                        || health(service).exitCode() == 0);
    }

    /// What the container's health check says now.
    public Command.Result health(String service) {
        return exec(service, "/opt/quartet/healthy.sh");
    }

    /// Galley's REST, by HTTPS with the mesh's root and the admin token, as anyone has them who may enter the containers.
    public HttpResponse<String> galley(String method, String path, @Nullable String yaml) {
        var token = exec("galley", "cat", "/var/lib/quartet-admin/token").orFail().lastLine();
        var roots = exec("galley", "cat", "/etc/quartet/trust/root-cert.pem").orFail().output();
        try (var client =
                HttpClient.newBuilder().sslContext(TrustingHttps.trusting(roots)).build()) {
            return client.send(
                    HttpRequest.newBuilder(
                                    URI.create("https://localhost:" + port("GALLEY_PORT") + path))
                            .header("Authorization", "Bearer " + token)
                            .header("Content-Type", "application/yaml")
                            .timeout(Duration.ofSeconds(60))
                            .method(
                                    method,
                                    yaml == null
                                            ? HttpRequest.BodyPublishers.noBody()
                                            : HttpRequest.BodyPublishers.ofString(yaml))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /// Applies documents, or takes them back; returns when that is in force on all proxies.
    /// @param operation `apply` or `delete`
    public void change(String operation, String yaml) {
        var answer = galley("POST", "/admin/v1/config/" + operation, yaml);
        if (answer.statusCode() != 200
                || !galley("GET", "/admin/v1/config/wait?timeout=30s", null)
                        .body()
                        .contains("\"reached\":true")) {
            throw new AssertionError(operation + ": " + answer.statusCode() + " " + answer.body());
        }
    }

    private Command.Result run(List<String> command, Map<String, String> variables, String input) {
        var environment = new TreeMap<>(variables);
        ports.forEach((name, port) -> environment.put(name, port.toString()));
        return new Command(command, environment).run(input);
    }

    /// What is left of the project: containers, volumes and networks.
    public List<String> left() {
        var label = "label=com.docker.compose.project=" + project;
        var left = new ArrayList<String>();
        for (var kind : List.of("container", "volume", "network")) {
            // only containers can be there without running
            var which = kind.equals("container") ? "-aq" : "-q";
            docker(kind, "ls", which, "--filter", label)
                    .orFail()
                    .output()
                    .lines()
                    .map(id -> kind + " " + id)
                    .forEach(left::add);
        }
        return left;
    }

    @Override
    public void close() {
        compose("down", "-v", "--timeout", "3");
        built.forEach(image -> docker("image", "rm", image));
    }
}
