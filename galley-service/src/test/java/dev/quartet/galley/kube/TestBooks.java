package dev.quartet.galley.kube;

import dev.quartet.galley.batch.BatchBook;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;

/// Records of batches on a test's apiserver.
public final class TestBooks {
    private TestBooks() {}

    public static BatchBook on(KubernetesClient client) {
        return on(client, "test");
    }

    /// @param writer that opens them
    public static BatchBook on(KubernetesClient client, String writer) {
        return new BatchBook(
                Impatient.of(client, Duration.ofSeconds(5)),
                "istio-system",
                writer,
                Clock.systemUTC());
    }
}
