package dev.quartet.injector;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.injector.render.MeshSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;

/// Settings that no sidecar can be made with end the start, not each pod.
class MeshSettingsTest {
    private static MeshSettings with(
            String image, int concurrency, String logLevel, Duration drain) {
        var good = Injectors.mesh(true);
        return new MeshSettings(
                image,
                good.initImage(),
                true,
                good.pilot(),
                good.citadel(),
                good.meshId(),
                concurrency,
                logLevel,
                drain);
    }

    @Test
    void saysWhatIsWrong() {
        var drain = Duration.ofSeconds(5);

        assertThatThrownBy(() -> with("no image", 2, "info", drain))
                .hasMessageContaining("\"no image\" is no image's name");
        assertThatThrownBy(() -> with("envoy", 0, "info", drain))
                .hasMessageContaining("concurrency is 0");
        assertThatThrownBy(() -> with("envoy", 2, "loud", drain))
                .hasMessageContaining("\"loud\" is not a log level of Envoy");
        assertThatThrownBy(() -> with("envoy", 2, "info", Duration.ofMillis(500)))
                .hasMessageContaining("whole number of seconds");
    }

    @Test
    void endsTheStart(@TempDir java.nio.file.Path folder) {
        assertThatThrownBy(() ->
                        SpringApplication.run(
                                        InjectorApplication.class,
                                        "--server.port=0",
                                        "--quartet.metrics.port=0",
                                        "--quartet.injector.webhook-port=0",
                                        "--quartet.injector.concurrency=0",
                                        "--quartet.state-dir=" + folder.resolve("state"))
                                .close())
                .hasStackTraceContaining("no sidecar can be made: concurrency is 0");
    }
}
