package dev.quartet.galley.cluster;

import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.history.RevisionDelta;
import dev.quartet.kube.LeaderWrites;
import dev.quartet.kube.Leadership;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The last revisions of a cluster, one in a Secret, since what was config may be secret; the newest takes the place of
/// the oldest. Each call asks the apiserver. Thread-safe.
record RevisionSlots(KubernetesClient client, String namespace) {
    private static final Logger LOGGER = LoggerFactory.getLogger(RevisionSlots.class);

    static final int SLOTS = 20;
    private static final String PREFIX = "istio-galley-revision-";
    private static final int MAX_BYTES = 512 * 1024;
    private static final int FORBIDDEN = 403;

    static String name(long number) {
        return PREFIX + "%02d".formatted(number % SLOTS);
    }

    /// The oldest first; those that can't be read are left out.
    ///
    /// @throws KubernetesClientException when the apiserver does not answer
    List<RevisionDelta> all() {
        var all = new ArrayList<RevisionDelta>();
        for (int slot = 0; slot < SLOTS; slot++) {
            try {
                read(slot).ifPresent(all::add);
            } catch (KubernetesClientException e) {
                if (e.getCode() == FORBIDDEN) {
                    return List.of(); // the rights of an older Galley: it has recorded none
                }
                throw e;
            }
        }
        all.sort(Comparator.comparingLong(it -> it.revision().number()));
        return all;
    }

    /// The one of this number, while it has not made room.
    Optional<RevisionDelta> get(long number) {
        return read(number).filter(it -> it.revision().number() == number);
    }

    private Optional<RevisionDelta> read(long number) {
        return Optional.ofNullable(at(number).get()).flatMap(RevisionSlots::decoded);
    }

    private Resource<Secret> at(long number) {
        return client.secrets().inNamespace(namespace).withName(name(number));
    }

    private static Optional<RevisionDelta> decoded(Secret secret) {
        var files = new TreeMap<String, byte[]>();
        try {
            if (secret.getData() != null) {
                secret.getData()
                        .forEach((name, data) -> files.put(name, Base64.getDecoder().decode(data)));
            }
            return Optional.of(RevisionDelta.decode(files));
        } catch (IOException | IllegalArgumentException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", secret.getMetadata().getName())
                    .addKeyValue("error", e.getMessage())
                    .log("Revision can't be read and is left out");
            return Optional.empty();
        }
    }

    /// What is too much to keep is left out of it.
    void put(Leadership.Term term, RevisionDelta delta) {
        var fitting =
                List.of(delta, delta.bare(), delta.bare().nameless()).stream()
                        .map(RevisionSlots::data)
                        .filter(data ->
                                data.values().stream().mapToInt(String::length).sum() <= MAX_BYTES)
                        .findFirst()
                        .orElseThrow();
        var number = delta.revision().number();
        LeaderWrites.write(
                client,
                term,
                at(number),
                there -> {
                    var secret =
                            there.orElseGet(() ->
                                    new SecretBuilder()
                                            .withNewMetadata()
                                            .withName(name(number))
                                            .withNamespace(namespace)
                                            .endMetadata()
                                            .build());
                    secret.setData(fitting);
                    return secret;
                });
    }

    private static Map<String, String> data(RevisionDelta delta) {
        var data = new TreeMap<String, String>();
        delta.encoded()
                .forEach((name, file) -> data.put(name, Base64.getEncoder().encodeToString(file)));
        return data;
    }

    static Optional<LoggedRevision> newest(List<RevisionDelta> all) {
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast().revision());
    }
}
