package dev.quartet.galley.kube;

import dev.quartet.config.ResourceKey;
import dev.quartet.galley.admission.Departures;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says what is on its way out of the cluster. Thread-safe.
public final class ClusterDepartures implements Departures {
    private static final Logger LOGGER = LoggerFactory.getLogger(ClusterDepartures.class);

    /// The apiserver itself waits for the webhook.
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final KubernetesSource source;
    private final KubernetesClient client;

    /// @param client says where the cluster is, and who asks
    public ClusterDepartures(KubernetesSource source, KubernetesClient client) {
        this.source = source;
        this.client = Impatient.of(client, TIMEOUT);
    }

    @Override
    public boolean isLeaving(ResourceKey resource) {
        return source.isLeaving(resource);
    }

    @Override
    public boolean isGone(ResourceKey resource) {
        if (source.find(resource).isEmpty()) {
            return false; // it is not the cluster's, or its going has come here by now
        }
        try {
            var object = ConfigObjects.at(client, resource).get();
            return object == null || object.getMetadata().getDeletionTimestamp() != null;
        } catch (KubernetesClientException e) {
            LOGGER.atWarn()
                    .addKeyValue("kind", resource.kind().label())
                    .addKeyValue("namespace", resource.namespace())
                    .addKeyValue("name", resource.name())
                    .addKeyValue("error", e.getMessage())
                    .log("Apiserver does not say whether the object is there");
            return false;
        }
    }

    @Override
    public boolean isTerminating(String namespace) {
        if (namespace.isEmpty()) {
            return false;
        }
        try {
            var found = client.namespaces().withName(namespace).get();
            return found == null || found.getMetadata().getDeletionTimestamp() != null;
        } catch (KubernetesClientException e) {
            LOGGER.atWarn()
                    .addKeyValue("namespace", namespace)
                    .addKeyValue("error", e.getMessage())
                    .log("Apiserver does not say how the namespace stands");
            return false;
        }
    }
}
