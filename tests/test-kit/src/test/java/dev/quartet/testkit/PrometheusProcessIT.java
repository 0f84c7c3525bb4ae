package dev.quartet.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrometheusProcessIT {
    @Test
    void answersQueriesAndComesBack() {
        try (var prometheus = PrometheusProcess.create()) {
            assertThat(prometheus.query("vector(3)"))
                    .singleElement()
                    .extracting(PrometheusProcess.Sample::value)
                    .isEqualTo(3.0);

            prometheus.stop();
            assertThat(FreePorts.isFree(prometheus.address().getPort())).isTrue();
            prometheus.start();

            assertThat(prometheus.query("vector(4)")).hasSize(1);
        }
    }
}
