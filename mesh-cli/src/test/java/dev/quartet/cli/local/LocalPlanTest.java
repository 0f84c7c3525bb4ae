package dev.quartet.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalPlanTest {
    @TempDir Path folder;
    private Home home = new Home(Path.of(""), Path.of(""));
    private final Map<String, Integer> appPorts =
            Workload.BOOKSHOP.stream()
                    .collect(
                            Collectors.toMap(Workload::name, workload -> 20_000 + workload.host()));

    @BeforeEach
    void chooseFolders() {
        home = new Home(folder, folder.resolve("mesh"));
    }

    private MeshFile mesh(int offset) {
        return new MeshFile(
                offset,
                true,
                "/usr/bin/prometheus",
                "/opt/envoy",
                appPorts,
                List.of("mixer.logging.level.root=DEBUG"),
                java.util.Set.of());
    }

    private LocalPlan plan(MeshFile mesh) {
        var jars = new EnumMap<ControlService, ServiceJar>(ControlService.class);
        for (var service : ControlService.values()) {
            jars.put(
                    service,
                    new ServiceJar(folder.resolve(service.module() + "-0123"), "x-exec.jar"));
        }
        return new LocalPlan(
                home,
                mesh,
                Jdk.current(home, false),
                new Jars(jars, new ServiceJar(folder.resolve("bookshop-4567"), "bookshop.jar")));
    }

    private Planned process(MeshFile mesh, String name) {
        return plan(mesh).processes().stream()
                .filter(process -> process.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void runsFiveServicesSevenProxiesSixApplicationsAndPrometheus() {
        assertThat(
                        plan(mesh(0)).processes().stream()
                                .collect(
                                        Collectors.groupingBy(
                                                Planned::part, Collectors.counting())))
                .isEqualTo(
                        Map.of(
                                Planned.Part.CONTROL,
                                5L,
                                Planned.Part.PROXY,
                                7L,
                                Planned.Part.APPLICATION,
                                6L,
                                Planned.Part.METRICS,
                                1L));
    }

    @Test
    void everyAddressIsUsedOnce() {
        var addresses =
                plan(mesh(0)).processes().stream()
                        .flatMap(process -> process.listens().stream())
                        .toList();

        assertThat(addresses)
                .doesNotHaveDuplicates()
                .contains(
                        new InetSocketAddress("127.0.0.1", 8000),
                        new InetSocketAddress("127.1.0.4", 9080));
    }

    @Test
    void offsetSharesNoAddressWithAnotherMesh() {
        var first =
                plan(mesh(0)).processes().stream()
                        .filter(process -> process.part() != Planned.Part.APPLICATION)
                        .flatMap(process -> process.listens().stream())
                        .toList();
        var second =
                plan(mesh(1000)).processes().stream()
                        .filter(process -> process.part() != Planned.Part.APPLICATION)
                        .flatMap(process -> process.listens().stream())
                        .toList();

        assertThat(second)
                .doesNotContainAnyElementsOf(first)
                .contains(
                        new InetSocketAddress("127.0.0.1", 9000),
                        new InetSocketAddress("127.11.0.1", 15002));
    }

    @Test
    void serviceGetsItsCredentialsAndTheOptionsMeantForIt() {
        assertThat(process(mesh(0), "mixer").command())
                .contains(
                        "--quartet.identity.service-account=istio-mixer-service-account",
                        "--quartet.identity.token-file="
                                + home.trust()
                                        .resolve("istio-system/istio-mixer-service-account/token"),
                        "--quartet.mixer.remote-write-url=http://127.0.0.1:9090/api/v1/write",
                        "--logging.level.root=DEBUG");
        assertThat(process(mesh(0), "pilot").command())
                .doesNotContain("--logging.level.root=DEBUG");
        assertThat(process(mesh(7), "galley").command())
                .contains(
                        "--quartet.port-offset=7",
                        "--quartet.identity.citadel-address=127.0.0.1:8067");
    }

    @Test
    void applicationSpeaksThroughItsSidecar() {
        var application = process(mesh(0), "storefront-v1");

        assertThat(application.command())
                .contains("-Dhttp.proxyHost=127.1.0.1", "-Dhttp.proxyPort=15002", "storefront");
        assertThat(application.environment()).containsEntry("BOOKSHOP_LISTEN", "127.0.0.1:20001");
    }

    @Test
    void meshFileIsReadAsItWasWritten() throws Exception {
        assertThat(MeshFile.read(home)).isEmpty();
        Files.createDirectories(home.run());

        mesh(3).write(home);

        assertThat(MeshFile.read(home)).hasValue(mesh(3));
    }

    @Test
    void takenAddressesAreAllNamedWithTheirHolder() throws Exception {
        try (var socket = new ServerSocket(0, 1, java.net.InetAddress.getByName("127.0.0.1"))) {
            var process =
                    new Planned(
                            "pilot",
                            Planned.Part.CONTROL,
                            List.of("true"),
                            Map.of(),
                            folder,
                            List.of(new InetSocketAddress("127.0.0.1", socket.getLocalPort())),
                            java.net.URI.create("http://127.0.0.1:1/"));

            assertThatThrownBy(() -> Running.checkPorts(List.of(process)))
                    .hasMessageContaining(
                            "127.0.0.1:%d (pilot): process %d"
                                    .formatted(
                                            socket.getLocalPort(), ProcessHandle.current().pid()));
        }
    }

    @Test
    void processThatEndsWhileItStartsShowsItsLastWords() {
        var process =
                new Planned(
                        "pilot",
                        Planned.Part.CONTROL,
                        List.of(
                                "sh",
                                "-c",
                                "echo first; echo 'Start failed: no \\033[31mtoken'; exit 3"),
                        Map.of(),
                        folder,
                        List.of(),
                        java.net.URI.create("http://127.0.0.1:1/"));
        var running = new Running(home);
        running.start(process);

        assertThatThrownBy(() ->
                        running.await(
                                List.of(process),
                                java.time.Duration.ofSeconds(20),
                                ready -> {},
                                waiting -> {}))
                .hasMessageContaining("pilot ended while it started:")
                .hasMessageContaining("Start failed: no")
                .hasMessageNotContaining("\033");

        running.stopStarted();
        assertThat(running.known()).isEmpty();
    }

    @Test
    void jarHasTheSameKeyWheneverItWasBuilt() throws Exception {
        var first = jar("first.jar", 1_000_000_000_000L, "text");
        var later = jar("later.jar", 1_700_000_000_000L, "text");
        var other = jar("other.jar", 1_000_000_000_000L, "another text");

        assertThat(ServiceJar.key(first))
                .isEqualTo(ServiceJar.key(later))
                .isNotEqualTo(ServiceJar.key(other));
    }

    private Path jar(String name, long time, String content) throws Exception {
        var file = folder.resolve(name);
        try (var zip = new java.util.zip.ZipOutputStream(Files.newOutputStream(file))) {
            var entry = new java.util.zip.ZipEntry("a.txt");
            entry.setTime(time);
            zip.putNextEntry(entry);
            zip.write(content.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        return file;
    }
}
