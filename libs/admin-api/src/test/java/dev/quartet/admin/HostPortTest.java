package dev.quartet.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8060, 127.0.0.1, 8060",
        "istio-pilot.istio-system.svc:15011, istio-pilot.istio-system.svc, 15011",
        "[::1]:1, ::1, 1"
    })
    void isReadAndWrittenAlike(String text, String host, int port) {
        assertThat(HostPort.of(text)).isEqualTo(new HostPort(host, port)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "localhost",
                ":80",
                " :80",
                "localhost:",
                "localhost:http",
                "localhost:0",
                "localhost:65536",
                "localhost:-1",
                "::1:80",
                "[]:80",
                "http://localhost:80"
            })
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> HostPort.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"%s\" is not host:port", text);
    }
}
