package dev.quartet.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// With the stock Envoy.
@Tag("quick")
class EnvoyProcessIT {
    @Test
    void servesWhatItsBootstrapSaysAndShowsItsState() {
        var port = FreePorts.one();
        try (var envoy =
                EnvoyProcess.start(
                        """
                        {"admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}}},
                         "static_resources": {"listeners": [{"name": "only", "address": {"socket_address": {"address": "127.0.0.1", "port_value": %d}},
                           "filter_chains": [{"filters": [{"name": "hcm", "typed_config": {
                             "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "only",
                             "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"},
                               "direct_response": {"status": 418, "body": {"inline_string": "short and stout"}}}]}]},
                             "http_filters": [{"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}]}}
                        """
                                .formatted(port))) {
            envoy.awaitReady();

            var answer =
                    PlainHttp.get(new java.net.InetSocketAddress("127.0.0.1", port), "/", Map.of());

            assertThat(answer.status()).isEqualTo(418);
            assertThat(answer.body()).isEqualTo("short and stout");
            assertThat(envoy.stat("http.only.downstream_rq_4xx")).isEqualTo(1);
            assertThat(envoy.configDump()).contains("short and stout");
        }
    }

    @Test
    void saysWhyEnvoyHasEnded() {
        assertThatThrownBy(() -> EnvoyProcess.start("{\"no_such_field\": 1}"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no_such_field");
    }
}
