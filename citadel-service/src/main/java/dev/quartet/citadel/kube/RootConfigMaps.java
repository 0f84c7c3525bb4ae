package dev.quartet.citadel.kube;

import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.kube.LeaderWork;
import dev.quartet.kube.LeaderWrites;
import dev.quartet.kube.Leadership;
import dev.quartet.kube.Leadership.Term;
import dev.quartet.kube.Mirror;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the mesh's root in ConfigMap `istio-ca-root-cert` of every namespace, where pods mount it: written where it is
/// missing or another, by the leader alone. Keys that others put there stay. What fails is tried again.
public final class RootConfigMaps implements AutoCloseable {

    static final String NAME = "istio-ca-root-cert";
    static final String KEY = "root-cert.pem";

    private static final Logger LOGGER = LoggerFactory.getLogger(RootConfigMaps.class);
    private static final Duration RETRY = Duration.ofSeconds(5);

    private final KubernetesClient client;
    private final String pem;
    private final CitadelMetrics metrics;
    private final LeaderWork work = new LeaderWork("root-config-maps", RETRY, this::worked);
    private final Mirror<Namespace> namespaces;
    private final Mirror<ConfigMap> maps;

    /// Returns at once; the apiserver may be away.
    ///
    /// @param pem the root's certificate
    /// @param leadership says whether this replica is the one that writes
    public RootConfigMaps(
            KubernetesClient client, String pem, CitadelMetrics metrics, Leadership leadership) {
        this.client = client;
        this.pem = pem;
        this.metrics = metrics;
        this.namespaces = Mirror.start(client.namespaces(), "namespaces", work::wake);
        this.maps =
                Mirror.start(
                        client.configMaps().inAnyNamespace().withField("metadata.name", NAME),
                        "root config maps",
                        work::wake);
        work.start(leadership);
    }

    private boolean worked(Term term) {
        if (!namespaces.complete() || !maps.complete()) {
            return true; // whoever completes them wakes
        }
        return publish(term);
    }

    /// One pass over all namespaces.
    ///
    /// @return whether all is as it should be
    /// @throws LeaderWrites.StaleLeaderException when a later leader has written
    boolean publish(Term term) {
        Map<String, ConfigMap> there =
                maps.objects().stream()
                        .collect(
                                Collectors.toMap(
                                        map -> map.getMetadata().getNamespace(), map -> map));
        var complete = true;
        for (var namespace : namespaces.objects()) {
            var name = namespace.getMetadata().getName();
            if (namespace.getMetadata().getDeletionTimestamp() == null
                    && !holdsRoot(there.get(name))) {
                complete &= write(term, name);
            }
        }
        return complete;
    }

    private boolean holdsRoot(@Nullable ConfigMap map) {
        return map != null && map.getData() != null && pem.equals(map.getData().get(KEY));
    }

    private boolean write(Term term, String namespace) {
        try {
            var written =
                    LeaderWrites.write(
                            client,
                            term,
                            client.configMaps().inNamespace(namespace).withName(NAME),
                            found -> withRoot(namespace, found));
            if (written) { // else the mirror lagged behind an earlier write
                metrics.rootPublished();
                LOGGER.atInfo()
                        .addKeyValue("namespace", namespace)
                        .addKeyValue("name", NAME)
                        .log("Root published");
            }
            return true;
        } catch (KubernetesClientException e) {
            LOGGER.atWarn()
                    .addKeyValue("namespace", namespace)
                    .addKeyValue("name", NAME)
                    .addKeyValue("error", e.getMessage())
                    .log("Root not published, tries again");
            return false;
        }
    }

    private ConfigMap withRoot(String namespace, Optional<ConfigMap> found) {
        var map =
                found.orElseGet(() ->
                        new ConfigMapBuilder()
                                .withNewMetadata()
                                .withNamespace(namespace)
                                .withName(NAME)
                                .endMetadata()
                                .build());
        var data = new HashMap<String, String>();
        if (map.getData() != null) {
            data.putAll(map.getData());
        }
        data.put(KEY, pem);
        map.setData(data);
        return map;
    }

    /// Whether this replica is the one that writes.
    public boolean leads() {
        return work.leads();
    }

    @Override
    public void close() {
        work.close();
        maps.close();
        namespaces.close();
    }
}
