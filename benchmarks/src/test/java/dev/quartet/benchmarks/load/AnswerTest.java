package dev.quartet.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.ExtensionConfigSource;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class AnswerTest {
    private static final Cluster EDS =
            Cluster.newBuilder().setName("a").setType(Cluster.DiscoveryType.EDS).build();
    private static final Cluster NAMED =
            Cluster.newBuilder()
                    .setName("b")
                    .setType(Cluster.DiscoveryType.EDS)
                    .setEdsClusterConfig(
                            Cluster.EdsClusterConfig.newBuilder().setServiceName("other"))
                    .build();
    private static final Cluster STATIC =
            Cluster.newBuilder().setName("c").setType(Cluster.DiscoveryType.STATIC).build();
    private static final Listener LISTENER =
            Listener.newBuilder()
                    .setName("l")
                    .addFilterChains(
                            FilterChain.newBuilder()
                                    .addFilters(
                                            Filter.newBuilder()
                                                    .setTypedConfig(
                                                            Any.pack(
                                                                    HttpConnectionManager
                                                                            .newBuilder()
                                                                            .setRds(
                                                                                    Rds.newBuilder()
                                                                                            .setRouteConfigName(
                                                                                                    "9080"))
                                                                            .addHttpFilters(
                                                                                    HttpFilter
                                                                                            .newBuilder()
                                                                                            .setName(
                                                                                                    "mixer.closed")
                                                                                            .setConfigDiscovery(
                                                                                                    ExtensionConfigSource
                                                                                                            .newBuilder()
                                                                                                            .setConfigSource(
                                                                                                                    ConfigSource
                                                                                                                            .getDefaultInstance())))
                                                                            .build()))))
                    .build();

    @Test
    void readsOfADeltaAnswerWhatAProxyAsksForNext() throws IOException {
        var response =
                DeltaDiscoveryResponse.newBuilder()
                        .setTypeUrl(TypeUrls.CLUSTERS)
                        .setNonce("n-7")
                        .setSystemVersionInfo("v");
        for (var cluster : new Cluster[] {EDS, NAMED, STATIC}) {
            response.addResources(
                    Resource.newBuilder()
                            .setName(cluster.getName())
                            .setVersion("1")
                            .setResource(Any.pack(cluster)));
        }

        var answer = read(Protocol.DELTA, response.build().toByteArray());

        assertThat(answer.typeUrl()).isEqualTo(TypeUrls.CLUSTERS);
        assertThat(answer.nonce()).isEqualTo("n-7");
        assertThat(answer.resources()).isEqualTo(3);
        assertThat(answer.references().endpoints()).containsExactly("a", "other");
    }

    @Test
    void readsTheSameOfAStateOfTheWorldAnswer() throws IOException {
        var response =
                DiscoveryResponse.newBuilder()
                        .setVersionInfo("v9")
                        .setTypeUrl(TypeUrls.LISTENERS)
                        .setNonce("n")
                        .addResources(Any.pack(LISTENER))
                        .build();

        var answer = read(Protocol.STATE_OF_THE_WORLD, response.toByteArray());

        assertThat(answer.version()).isEqualTo("v9");
        assertThat(answer.references().routes()).containsExactly("9080");
        assertThat(answer.references().extensions()).containsExactly("mixer.closed");
    }

    private static Answer read(Protocol protocol, byte[] bytes) throws IOException {
        return new Answer.Reader(protocol).read(bytes, bytes.length);
    }
}
