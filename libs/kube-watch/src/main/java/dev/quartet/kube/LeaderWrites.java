package dev.quartet.kube;

import dev.quartet.kube.Leadership.Term;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Writes by which a leader that was paused beyond its lease can do no harm. Every object written bears its writer's
/// term; a write is made on the version that was read, and refused when a later leader has been there.
/// After M. Kleppmann, "How to do distributed locking" (fencing tokens); the apiserver's optimistic lock is the fence.
public final class LeaderWrites {
    /// The term of the leader that wrote an object last.
    public static final String TERM = "quartet.dev/leader-term";

    /// The same in the status of an object, whose annotations a write of the status leaves as they are.
    private static final String STATUS_TERM = "leaderTerm";

    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;
    private static final int ATTEMPTS = 8;

    private LeaderWrites() {}

    /// A later leader has written the object: this replica is no leader any more, whatever it believes.
    public static final class StaleLeaderException extends IllegalStateException {
        StaleLeaderException(String object, Term term, long later) {
            super(
                    "%s was written by the leader of term %d, this one has term %d: another replica leads now"
                            .formatted(object, later, term.number()));
        }
    }

    /// Makes an object what `edit` says, if it is not so already. Blocks for the apiserver.
    ///
    /// @param resource the object's place: `client.configMaps().inNamespace(…).withName(…)`
    /// @param edit the wanted object, from a copy of the one that is there (empty: there is none); called again after a
    ///     conflict. Equal to what is there: nothing is written
    /// @return whether it was written; false when it was so already
    /// @throws StaleLeaderException when a later leader has written it
    /// @throws KubernetesClientException when the apiserver refuses or is away
    public static <T extends HasMetadata> boolean write(
            KubernetesClient client,
            Term term,
            Resource<T> resource,
            Function<Optional<T>, T> edit) {
        for (int attempt = 1; ; attempt++) {
            var there = Optional.ofNullable(resource.get());
            there.ifPresent(object -> requireNotLater(term, object));
            var wanted = edit.apply(there.map(client.getKubernetesSerialization()::clone));
            if (there.isPresent() && there.get().equals(wanted)) {
                return false;
            }
            mark(term, wanted);
            try {
                if (there.isEmpty()) {
                    client.resource(wanted).create();
                } else {
                    client.resource(wanted)
                            .lockResourceVersion(there.get().getMetadata().getResourceVersion())
                            .update();
                }
                return true;
            } catch (KubernetesClientException e) {
                if (e.getCode() != CONFLICT || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /// Gives an object another status, if it is still in the version that is known. Blocks for the apiserver.
    ///
    /// @param known as it was read; stays as it is
    /// @param status the wanted one, but for the term
    /// @return false when the object has another version by now, or is gone
    /// @throws StaleLeaderException when a later leader has written the status
    /// @throws KubernetesClientException when the apiserver refuses or is away
    public static boolean writeStatus(
            KubernetesClient client,
            Term term,
            GenericKubernetesResource known,
            Map<String, Object> status) {
        if (known.getAdditionalProperties().get("status") instanceof Map<?, ?> before
                && before.get(STATUS_TERM) instanceof Number written) {
            requireNotLater(term, known, written.toString());
        }
        var next = client.getKubernetesSerialization().clone(known);
        var marked = new TreeMap<>(status);
        marked.put(STATUS_TERM, term.number());
        next.setAdditionalProperty("status", marked);
        try {
            client.resource(next)
                    .lockResourceVersion(known.getMetadata().getResourceVersion())
                    .updateStatus();
            return true;
        } catch (KubernetesClientException e) {
            if (e.getCode() == CONFLICT || e.getCode() == NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    /// Makes the status of an object what `edit` says, if it is not so already. For a type whose status has no
    /// place for the leader's term, so the Lease is asked in its stead, between reading and writing. Blocks for the apiserver.
    ///
    /// @param edit the wanted object, from a copy of the one that is there; only its status is written
    /// @return whether it was written; false when it was so already, and when the object is gone
    /// @throws StaleLeaderException when another replica leads, or this one leads in a later term
    /// @throws KubernetesClientException when the apiserver refuses or is away
    public static <T extends HasMetadata> boolean writeStatus(
            KubernetesClient client,
            Leadership leadership,
            Term term,
            Resource<T> resource,
            UnaryOperator<T> edit) {
        for (int attempt = 1; ; attempt++) {
            var there = resource.get();
            if (there == null) {
                return false;
            }
            var wanted = edit.apply(client.getKubernetesSerialization().clone(there));
            if (there.equals(wanted)) {
                return false;
            }
            leadership.confirm(term);
            try {
                client.resource(wanted)
                        .lockResourceVersion(there.getMetadata().getResourceVersion())
                        .updateStatus();
                return true;
            } catch (KubernetesClientException e) {
                if (e.getCode() == NOT_FOUND) {
                    return false;
                }
                if (e.getCode() != CONFLICT || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static void requireNotLater(Term term, HasMetadata object) {
        var annotations = object.getMetadata().getAnnotations();
        var written = annotations == null ? null : annotations.get(TERM);
        if (written != null) {
            requireNotLater(term, object, written);
        }
    }

    private static void requireNotLater(Term term, HasMetadata object, String written) {
        long number;
        try {
            number = Long.parseLong(written);
        } catch (NumberFormatException _) {
            return; // somebody's hand; the next write sets it right
        }
        if (number > term.number()) {
            throw new StaleLeaderException(
                    object.getKind() + " " + object.getMetadata().getName(), term, number);
        }
    }

    private static void mark(Term term, HasMetadata object) {
        var annotations = new HashMap<String, String>();
        var before = object.getMetadata().getAnnotations();
        if (before != null) {
            annotations.putAll(before);
        }
        annotations.put(TERM, Long.toString(term.number()));
        object.getMetadata().setAnnotations(annotations);
    }
}
