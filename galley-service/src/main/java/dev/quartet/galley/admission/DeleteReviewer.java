package dev.quartet.galley.admission;

import dev.quartet.admin.webhook.AdmissionAnswer;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.change.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps an object that others name from being deleted, unless all of it goes: the namespace, the owner, or the whole
/// set that a tool looks after. Thread-safe.
final class DeleteReviewer {
    private static final Logger LOGGER = LoggerFactory.getLogger(DeleteReviewer.class);

    /// Kubernetes' own, which clean up after what is gone already; the last is both where they have no accounts of their own.
    private static final Set<String> CLEANERS =
            Set.of(
                    "system:serviceaccount:kube-system:generic-garbage-collector",
                    "system:serviceaccount:kube-system:namespace-controller",
                    "system:kube-controller-manager");

    /// Kube-apiserver waits while its answers are waited for.
    private static final int MOST_ASKED = 10;

    private static final List<String> HELM_RELEASE =
            List.of("meta.helm.sh/release-name", "meta.helm.sh/release-namespace");

    /// A user's own word for it, since `kubectl delete -f` deletes a file's documents one by one.
    private static final List<String> SET = List.of("quartet.dev/set");

    private static final List<String> APPLY_SET = List.of("applyset.kubernetes.io/part-of");

    private final ChangeDesk desk;
    private final ReferencedDeletes policy;
    private final Departures departures;
    private final Agreements agreements;
    private final Duration patience;

    /// @param patience for a referrer that was deleted a moment ago
    DeleteReviewer(
            ChangeDesk desk,
            ReferencedDeletes policy,
            Departures departures,
            Agreements agreements,
            Duration patience) {
        this.desk = desk;
        this.policy = policy;
        this.departures = departures;
        this.agreements = agreements;
        this.patience = patience;
    }

    /// @param user who asks for it
    AdmissionAnswer review(String user, ReviewedObject object, ResourceKey key)
            throws InterruptedException {
        if (CLEANERS.contains(user)) {
            return AdmissionAnswer.allowed();
        }
        var deleted = new Deleted(object, key);
        var verdict = desk.judgeDelete(key, _ -> true, Duration.ZERO);
        var keepers =
                policy == ReferencedDeletes.WARN ? List.<Problem>of() : standing(verdict, deleted);
        if (!keepers.isEmpty()) {
            if (agreements.isDeleted(key)) {
                return AdmissionAnswer.allowed();
            }
            verdict = desk.judgeDelete(key, it -> keepers(it, deleted).isEmpty(), patience);
            keepers = standing(verdict, deleted);
        }
        if (keepers.isEmpty()) {
            return new AdmissionAnswer.Allowed(Wording.lines(verdict.problems()), null);
        }
        LOGGER.atInfo()
                .addKeyValue("kind", key.kind().label())
                .addKeyValue("namespace", key.namespace())
                .addKeyValue("name", key.name())
                .addKeyValue("error", Wording.lines(keepers))
                .log("Delete refused");
        return Wording.kept(key, keepers);
    }

    /// Those of them that the apiserver still has: what is seen here may be a moment old.
    private List<Problem> standing(Verdict verdict, Deleted deleted) {
        var keepers = keepers(verdict, deleted);
        if (keepers.isEmpty() || departures.isTerminating(deleted.key().namespace())) {
            return List.of();
        }
        var gone =
                keepers.stream()
                        .map(DeleteReviewer::resource)
                        .distinct()
                        .limit(MOST_ASKED)
                        .filter(it ->
                                departures.isGone(it) || departures.isTerminating(it.namespace()))
                        .collect(Collectors.toSet());
        return keepers.stream().filter(it -> !gone.contains(resource(it))).toList();
    }

    private record Deleted(ReviewedObject object, ResourceKey key) {}

    /// What would name something that is gone, and does not go with it.
    private List<Problem> keepers(Verdict verdict, Deleted deleted) {
        return verdict.dangling().stream()
                .filter(it -> it.resource() != null && !it.resource().equals(deleted.key()))
                .filter(it -> !departures.isLeaving(resource(it)))
                .filter(it -> !goTogether(deleted.object(), resource(it)))
                .toList();
    }

    private static ResourceKey resource(Problem problem) {
        return Objects.requireNonNull(problem.resource(), "looked at before");
    }

    /// Whether one tool brings and takes the two as one.
    private boolean goTogether(ReviewedObject object, ResourceKey referrer) {
        return desk.resource(referrer)
                .filter(other ->
                        same(SET, object.annotations(), other.annotations())
                                || same(HELM_RELEASE, object.annotations(), other.annotations())
                                || same(APPLY_SET, object.labels(), other.labels()))
                .isPresent();
    }

    private static boolean same(
            List<String> marks, Map<String, String> some, Map<String, String> others) {
        return marks.stream().allMatch(mark -> isSame(some.get(mark), others.get(mark)));
    }

    private static boolean isSame(@Nullable String one, @Nullable String other) {
        return one != null && one.equals(other);
    }
}
