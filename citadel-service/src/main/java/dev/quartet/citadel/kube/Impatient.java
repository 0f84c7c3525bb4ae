package dev.quartet.citadel.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import java.time.Duration;

/// For questions that somebody waits for.
final class Impatient {
    static final Duration TIMEOUT = Duration.ofSeconds(5);

    private Impatient() {}

    /// Shares the client's connections; tries once, and for [#TIMEOUT] at the most.
    static KubernetesClient client(KubernetesClient client) {
        return client.newClient(
                        new RequestConfigBuilder(client.getConfiguration().getRequestConfig())
                                .withRequestRetryBackoffLimit(0)
                                .withRequestTimeout((int) TIMEOUT.toMillis())
                                .build())
                .adapt(KubernetesClient.class);
    }
}
