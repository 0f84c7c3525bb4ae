package dev.quartet.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.cli.process.Detached;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OldBuildsTest {
    private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");

    @TempDir Path root;
    private OldBuilds builds;

    @BeforeEach
    void prepare() {
        builds = new OldBuilds(home(), Clock.fixed(NOW, java.time.ZoneOffset.UTC));
    }

    private Home home() {
        return new Home(root, root.resolve("another-home"));
    }

    /// A folder with one jar, last used so long ago.
    private Path folder(String name, Duration ago) throws IOException {
        var folder = Files.createDirectories(root.resolve(".mesh").resolve(name));
        Files.writeString(folder.resolve("a.jar"), "");
        return Files.setLastModifiedTime(folder, FileTime.from(NOW.minus(ago)));
    }

    private void cache(String name) throws IOException {
        Files.createDirectories(root.resolve(".mesh/aot"));
        Files.writeString(root.resolve(".mesh/aot").resolve(name), "");
    }

    private Jars current(Path bookshop) {
        return new Jars(Map.of(), new ServiceJar(bookshop, "a.jar"));
    }

    private TreeSet<String> left() throws IOException {
        try (var paths = Files.walk(root.resolve(".mesh"), 2)) {
            return paths.map(path -> root.resolve(".mesh").relativize(path))
                    .filter(path -> path.getNameCount() == 2)
                    .map(Path::toString)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void onlyTheBuildAtHandStays() throws IOException {
        var current = folder("jars/shop-1-new", Duration.ofDays(9));
        folder("jars/shop-1-old", Duration.ofDays(1));
        folder("jars/unpacking123", Duration.ofDays(1));
        folder("cli/12-34", Duration.ofDays(1));
        for (var name :
                Arrays.asList("shop-1-new-c.aot", "shop-1-old-c.aot", "shop-1-old-c.aot.config")) {
            cache(name);
        }
        folder("envoy/1.40.0", Duration.ofDays(99));

        assertThat(builds.remove(current(current))).isEqualTo(5);

        assertThat(left())
                .containsExactly("aot/shop-1-new-c.aot", "envoy/1.40.0", "jars/shop-1-new");
    }

    @Test
    void whatWasJustTakenIntoUseStays() throws IOException {
        var current = folder("jars/shop-1-new", Duration.ZERO);
        folder("jars/shop-1-old", Duration.ofMinutes(9));
        folder("cli/12-34", Duration.ofMinutes(9));
        cache("shop-1-old-c.aot");

        assertThat(builds.remove(current(current))).isZero();

        assertThat(left())
                .containsExactly(
                        "aot/shop-1-old-c.aot", "cli/12-34", "jars/shop-1-new", "jars/shop-1-old");
    }

    @Test
    void whatAProcessWasStartedWithStaysUntilItEnds() throws IOException {
        var current = folder("jars/shop-1-new", Duration.ZERO);
        var used = folder("jars/shop-1-old", Duration.ofDays(1));
        cache("shop-1-old-c.aot");
        var process =
                Detached.start(
                        List.of("tail", "-f", used.resolve("a.jar").toString()),
                        Map.of(),
                        root,
                        root.resolve("tail.log"));
        try {
            Awaitility.await().until(() -> process.info().command().orElse("").endsWith("tail"));

            assertThat(builds.remove(current(current))).isZero();
            assertThat(left()).contains("aot/shop-1-old-c.aot", "jars/shop-1-old");
        } finally {
            Detached.stop(process.toHandle(), Duration.ofSeconds(5));
        }

        assertThat(builds.remove(current(current))).isEqualTo(2);
        assertThat(left()).containsExactly("jars/shop-1-new");
    }

    @Test
    void nothingIsThereAtTheFirstStart() {
        assertThat(builds.remove(current(root.resolve(".mesh/jars/shop-1-new")))).isZero();
    }
}
