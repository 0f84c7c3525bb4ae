package dev.quartet.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.List;
import org.junit.jupiter.api.Test;

class EnvoyYamlTest {
    private static final Cluster CLUSTER =
            Cluster.newBuilder()
                    .setName("outbound|9080||reviews.shop.svc.cluster.local")
                    .setType(Cluster.DiscoveryType.EDS)
                    .setConnectTimeout(Durations.fromSeconds(1))
                    .setTransportSocket(
                            TransportSocket.newBuilder()
                                    .setName("envoy.transport_sockets.tls")
                                    .setTypedConfig(
                                            Any.pack(
                                                    UpstreamTlsContext.newBuilder()
                                                            .setSni("outbound_.9080_._.reviews")
                                                            .build())))
                    .build();

    @Test
    void writesWhatStandsInAnAny() {
        assertThat(
                        EnvoyYaml.write(
                                List.of(
                                        CLUSTER,
                                        CLUSTER.toBuilder().clearTransportSocket().build())))
                .isEqualTo(
                        """
                        name: outbound|9080||reviews.shop.svc.cluster.local
                        type: EDS
                        connect_timeout: 1s
                        transport_socket:
                          name: envoy.transport_sockets.tls
                          typed_config:
                            '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
                            sni: outbound_.9080_._.reviews
                        ---
                        name: outbound|9080||reviews.shop.svc.cluster.local
                        type: EDS
                        connect_timeout: 1s
                        """);
    }

    @Test
    void readsBackWhatItHasWritten() {
        var read = Cluster.newBuilder();

        EnvoyYaml.merge(EnvoyYaml.json(CLUSTER), read);

        assertThat(read.build()).isEqualTo(CLUSTER);
    }

    @Test
    void namesATypeThatItDoesNotKnow() {
        var foreign = CLUSTER.toBuilder();
        foreign.getTransportSocketBuilder()
                .setTypedConfig(Any.newBuilder().setTypeUrl("type.googleapis.com/some.Other"));

        assertThatThrownBy(() -> EnvoyYaml.write(foreign))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("some.Other");
    }
}
