package dev.quartet.galley.kube;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import java.time.Duration;

/// For requests that somebody waits for: told soon that there is no answer.
public final class Impatient {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private Impatient() {}

    /// @return a client that shares the other one's connections, and asks once
    static KubernetesClient of(KubernetesClient client) {
        return of(client, TIMEOUT);
    }

    public static KubernetesClient of(KubernetesClient client, Duration timeout) {
        return client.newClient(
                        new RequestConfigBuilder(client.getConfiguration().getRequestConfig())
                                .withRequestRetryBackoffLimit(0)
                                .withRequestTimeout((int) timeout.toMillis())
                                .build())
                .adapt(KubernetesClient.class);
    }
}
