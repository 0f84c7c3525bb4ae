package dev.quartet.cli.report;

import dev.quartet.cli.Failure;
import dev.quartet.cli.local.Home;
import dev.quartet.cli.print.Stages;
import dev.quartet.cli.process.OnPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Kubernetes' own programs that tests run on, each built once from Go modules (`tests/kubernetes/build.sh`).
final class KubernetesPrograms {
    private static final String API_SERVER = "kube-apiserver";
    private static final List<String> ALL =
            List.of(
                    API_SERVER,
                    "kube-controller-manager",
                    "kube-scheduler",
                    "kubelet",
                    "kube-proxy",
                    "kubectl",
                    "coredns",
                    "prometheus");
    private static final Path USUAL_GO = Path.of("/usr/local/go/bin/go");

    private final Home home;
    private final Path sources;
    private final Path folder;
    private final Map<String, String> environment;
    private final Stages stages;

    KubernetesPrograms(Home home, Map<String, String> environment, Stages stages) {
        this.home = home;
        this.sources = home.root().resolve("tests/kubernetes");
        this.folder = home.shared("kubernetes");
        this.environment = environment;
        this.stages = stages;
    }

    /// The kube-apiserver: `KUBE_APISERVER_BIN`, or one that is built here.
    ///
    /// @return empty where it cannot be built: those tests skip themselves; why is printed
    Optional<Path> apiServer() throws IOException, InterruptedException {
        var chosen = environment.getOrDefault("KUBE_APISERVER_BIN", "");
        if (!chosen.isEmpty()) {
            return Optional.of(Path.of(chosen));
        }
        try {
            build(List.of(API_SERVER));
            return Optional.of(folder.resolve(API_SERVER));
        } catch (Failure none) {
            stages.note(none.getMessage() + ", so tests on a kube-apiserver are skipped");
            return Optional.empty();
        }
    }

    /// The folder of them all: `KUBE_BIN`, or where they are built.
    ///
    /// @throws Failure where they cannot be built
    Path all() throws IOException, InterruptedException {
        var chosen = environment.getOrDefault("KUBE_BIN", "");
        if (chosen.isEmpty()) {
            build(ALL);
            return folder;
        }
        for (var program : ALL) {
            if (!Files.isExecutable(Path.of(chosen, program))) {
                throw new Failure(
                        "KUBE_BIN is " + chosen + ", which has no " + program,
                        "build it there: tests/kubernetes/build.sh "
                                + chosen
                                + ", or unset KUBE_BIN");
            }
        }
        return Path.of(chosen);
    }

    private void build(List<String> programs) throws IOException, InterruptedException {
        var wanted = hash("build/go.sum", "prometheus/go.sum", "build.sh");
        var missing = new ArrayList<String>();
        for (var program : programs) {
            if (!Files.isExecutable(folder.resolve(program))
                    || !Files.exists(stamp(program))
                    || !Files.readString(stamp(program)).equals(wanted)) {
                missing.add(program);
            }
        }
        if (missing.isEmpty()) {
            return;
        }
        var names = String.join(", ", missing);
        var go =
                OnPath.find("go", environment)
                        .or(() -> Optional.of(USUAL_GO).filter(Files::isExecutable))
                        .orElseThrow(() ->
                                new Failure(
                                        "there is no Go to build " + names + " with",
                                        "install Go 1.26 or newer and put it on PATH"));
        stages.waiting("building " + names + " from Go modules, once (some minutes)");
        var command = new ArrayList<>(List.of(sources.resolve("build.sh").toString()));
        command.add(folder.toString());
        command.addAll(missing);
        var builder = new ProcessBuilder(command);
        builder.environment()
                .merge(
                        "PATH",
                        String.valueOf(go.toAbsolutePath().getParent()),
                        (old, more) -> old + ":" + more);
        var log = home.logs().resolve("kubernetes-build.log");
        if (LoggedRun.of(builder, log, _ -> {}) != 0) {
            throw new Failure(
                    names + " could not be built; see " + Home.shown(log),
                    "the Go modules must be within reach (GOPROXY), and some 4 GB be free for Go's caches");
        }
        for (var program : missing) {
            Files.writeString(stamp(program), wanted);
        }
        stages.done("Kubernetes", names);
    }

    /// Says from which sources a program was built.
    private Path stamp(String program) {
        return folder.resolve(program + ".built-from");
    }

    /// Of the files that say what is built.
    private String hash(String... files) throws IOException {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (var file : files) {
                digest.update(Files.readAllBytes(sources.resolve(file)));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
