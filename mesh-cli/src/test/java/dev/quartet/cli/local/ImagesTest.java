package dev.quartet.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The images run the services as local mode does.
class ImagesTest {
    private static final Path IMAGE = Path.of("../docker/image");

    @Test
    void theJvmHasTheSameFlags() throws IOException {
        assertThat(Files.readAllLines(IMAGE.resolve("java.args"))).isEqualTo(Jdk.FLAGS);
    }

    @ParameterizedTest
    @EnumSource
    void eachServiceHasItsModuleHeapAndHealthPort(ControlService service) throws IOException {
        assertThat(row(service.label()))
                .containsExactly(
                        service.label(),
                        service.module(),
                        Integer.toString(service.heapMebibytes()),
                        service.metricsPort() + "/healthz/ready");
    }

    @Test
    void theBookshopHasTheHeapOfAnApplication() throws IOException {
        assertThat(row("bookshop"))
                .containsExactly(
                        "bookshop",
                        "samples/bookshop",
                        Integer.toString(LocalPlan.APPLICATION_HEAP_MEBIBYTES),
                        Workload.SERVICE_PORT + "/health");
    }

    private static List<String> row(String name) throws IOException {
        return Files.readAllLines(IMAGE.resolve("services")).stream()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> List.of(line.split(" +")))
                .findFirst()
                .orElseThrow();
    }
}
