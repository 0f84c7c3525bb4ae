package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.Load;
import dev.quartet.testkit.MeshUnderTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// A service is replaced by a new build, and that by the old one, while the others carry traffic: a jar in the source tree and `mesh restart`.
@ExtendWith(SharedMesh.class)
class NewBuildIT {
    static final List<FiveServices.Service> SERVICES = List.of(FiveServices.Service.values());
    private static final Duration BACK = Duration.ofSeconds(60);
    private static final String NEXT = "0.1.1-next";

    private static Path tree;

    /// A source tree whose services are all of the next version.
    @BeforeAll
    static void build(@TempDir Path folder) throws IOException {
        tree = LauncherCopy.in(folder);
        for (var service : SERVICES) {
            var module = tree.resolve(service.module());
            Files.delete(module); // a link
            var target = Files.createDirectories(module.resolve("target"));
            var jar = FiveServices.jar(service);
            NewBuild.of(jar, NEXT, target.resolve(jar.getFileName()));
        }
    }

    @ParameterizedTest
    @FieldSource("SERVICES")
    void replacesARunningServiceWithoutAFailedRequest(
            FiveServices.Service service, MeshUnderTest mesh) {
        mesh.awaitInSync(BACK);
        var old = version(mesh, service);
        try (var load =
                Load.start(mesh.gateway(), "/storefront", Map.of(), 2, Duration.ofMillis(20))) {
            MeshUnderTest.run(
                            tree.resolve("mesh"),
                            Map.of(),
                            null,
                            List.of("restart", "--home", mesh.home().toString(), service.label()))
                    .orFail();
            mesh.awaitInSync(BACK);
            assertThat(version(mesh, service)).isEqualTo(NEXT).isNotEqualTo(old);
            assertThat(mesh.metrics(service.label()))
                    .containsPattern("istio_build\\{component=\"[a-z-]+\",tag=\"" + NEXT + "\"");
            assertThat(mesh.command("status").orFail().out())
                    .containsPattern("(?m)^" + service.label() + " +UP +" + NEXT);
            requestsGoOn(load);

            mesh.restart(service.label()).orFail();
            mesh.awaitInSync(BACK);
            assertThat(version(mesh, service)).isEqualTo(old);
            requestsGoOn(load);

            var tally = load.stop();
            assertThat(tally.failed()).as(tally.toString()).isZero();
        } finally {
            if (!version(mesh, service).equals(old)) {
                mesh.restart(service.label()).orFail(); // its jar goes with the folder
            }
        }
    }

    private static String version(MeshUnderTest mesh, FiveServices.Service service) {
        return mesh.json(service.label(), "/admin/v1/status") instanceof Map<?, ?> status
                ? String.valueOf(status.get("version"))
                : "unknown";
    }

    private static void requestsGoOn(Load load) {
        var before = load.tally().sent();
        await().atMost(Duration.ofSeconds(60)).until(() -> load.tally().sent() > before + 50);
    }
}
