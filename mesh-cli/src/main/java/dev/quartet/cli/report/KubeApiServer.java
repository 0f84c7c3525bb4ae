package dev.quartet.cli.report;

import dev.quartet.cli.local.Home;
import dev.quartet.cli.print.Stages;
import dev.quartet.cli.process.OnPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/// The kube-apiserver that tests run on, built once from Go modules (`tests/kubernetes/build.sh`). Where Go is not, there
/// is none, and those tests skip themselves with that reason.
public final class KubeApiServer {
    private static final String NAME = "kube-apiserver";
    private static final Path USUAL_GO = Path.of("/usr/local/go/bin/go");

    private final Home home;
    private final Path sources;
    private final Map<String, String> environment;
    private final Stages stages;

    public KubeApiServer(Home home, Path root, Map<String, String> environment, Stages stages) {
        this.home = home;
        this.sources = root.resolve("tests/kubernetes");
        this.environment = environment;
        this.stages = stages;
    }

    /// @return empty where it cannot be built; why is printed
    public Optional<Path> provide() throws IOException, InterruptedException {
        var chosen = environment.getOrDefault("KUBE_APISERVER_BIN", "");
        if (!chosen.isEmpty()) {
            return Optional.of(Path.of(chosen));
        }
        var folder = home.shared("kubernetes");
        var program = folder.resolve(NAME);
        var stamp = folder.resolve("built-from");
        var wanted = hash(sources.resolve("build/go.sum"));
        if (Files.isExecutable(program)
                && Files.exists(stamp)
                && Files.readString(stamp).equals(wanted)) {
            return Optional.of(program);
        }
        var go = go();
        if (go.isEmpty()) {
            stages.note("there is no Go on PATH, so tests on a kube-apiserver are skipped");
            return Optional.empty();
        }
        stages.waiting("building kube-apiserver from Go modules, once (some minutes)");
        var log = home.logs().resolve("kube-apiserver-build.log");
        Files.createDirectories(log.getParent());
        var builder =
                new ProcessBuilder(sources.resolve("build.sh").toString(), folder.toString(), NAME)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile());
        builder.environment().merge("PATH", folderOf(go.get()), (old, more) -> old + ":" + more);
        var exitCode = builder.start().waitFor();
        if (exitCode != 0) {
            stages.note(
                    "kube-apiserver could not be built, so tests on it are skipped; see "
                            + Home.shown(log));
            return Optional.empty();
        }
        Files.writeString(stamp, wanted);
        stages.done(NAME, Home.shown(program));
        return Optional.of(program);
    }

    private Optional<Path> go() {
        return OnPath.find("go", environment)
                .or(() -> Optional.of(USUAL_GO).filter(Files::isExecutable));
    }

    private static String folderOf(Path program) {
        return String.valueOf(program.toAbsolutePath().getParent());
    }

    private static String hash(Path file) throws IOException {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
