package dev.quartet.mixer;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.admin.StartupFailure;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class MixerSettingsTest {
    private static void bind(Map<String, String> settings) {
        new Binder(new MapConfigurationPropertySource(settings))
                .bindOrCreate("quartet.mixer", MixerSettings.class);
    }

    @Test
    void defaultsCanBeWorkedWith() {
        assertThatCode(() -> bind(Map.of())).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "remote-write-url, prometheus:9090",
        "remote-write-url, /api/v1/write",
        "push-interval, 0s",
        "push-timeout, -1s",
        "drain, -1s",
        "max-label-values, 0",
        "max-series, -5"
    })
    void namesTheSettingThatCannot(String setting, String value) {
        assertThatThrownBy(() -> bind(Map.of("quartet.mixer." + setting, value)))
                .rootCause()
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining("quartet.mixer." + setting);
    }
}
