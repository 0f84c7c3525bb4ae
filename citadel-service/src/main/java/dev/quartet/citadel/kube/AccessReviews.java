package dev.quartet.citadel.kube;

import dev.quartet.citadel.credential.CredentialKey;
import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.identity.SpiffeId;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Whether a service account may read a Secret, as the apiserver says (SubjectAccessReview: `get` of that very Secret). An answer
/// counts for a short while; it is kept by account, namespace and name together. While the apiserver is away nobody is answered.
/// Thread-safe; nothing here blocks the caller.
final class AccessReviews implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(AccessReviews.class);
    private static final int MAX_REMEMBERED = 20_000;
    private static final int MAX_AT_ONCE = 64;

    private record Question(SpiffeId caller, CredentialKey secret) {}

    private record Verdict(boolean allowed, Instant until) {}

    private final KubernetesClient client;
    private final Duration memory;
    private final CitadelMetrics metrics;
    private final Clock clock;
    private final Runnable answered;
    private final Map<Question, Verdict> verdicts = new ConcurrentHashMap<>();
    private final Set<Question> asking = ConcurrentHashMap.newKeySet();
    private final Semaphore free = new Semaphore(MAX_AT_ONCE);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /// @param answered called when there is an answer that was not there before
    AccessReviews(
            KubernetesClient client,
            Duration memory,
            CitadelMetrics metrics,
            Clock clock,
            Runnable answered) {
        this.client = Impatient.client(client);
        this.memory = memory;
        this.metrics = metrics;
        this.clock = clock;
        this.answered = answered;
    }

    /// Empty while the apiserver is being asked.
    Optional<Boolean> mayRead(SpiffeId caller, CredentialKey secret) {
        var question = new Question(caller, secret);
        var known = verdicts.get(question);
        if (known != null && clock.instant().isBefore(known.until())) {
            return Optional.of(known.allowed());
        }
        if (asking.size() < MAX_REMEMBERED && asking.add(question)) {
            threads.execute(() -> ask(question));
        }
        return Optional.empty();
    }

    private void ask(Question question) {
        try {
            free.acquire();
            try {
                var allowed = review(question);
                metrics.accessReviewed(allowed ? "allowed" : "denied");
                remember(question, allowed);
            } finally {
                free.release();
            }
        } catch (KubernetesClientException e) {
            metrics.accessReviewed("unavailable");
            LOGGER.atWarn()
                    .addKeyValue("namespace", question.secret().namespace())
                    .addKeyValue("name", question.secret().name())
                    .addKeyValue("error", e.getCode() == 0 ? "no answer" : e.getCode())
                    .log("Right to read a Secret not known, asks again");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // closed
        } finally {
            asking.remove(question);
        }
    }

    private boolean review(Question question) {
        var caller = question.caller();
        var user = "system:serviceaccount:" + caller.namespace() + ":" + caller.serviceAccount();
        var review =
                new SubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withUser(user)
                        .withGroups(
                                "system:serviceaccounts",
                                "system:serviceaccounts:" + caller.namespace(),
                                "system:authenticated")
                        .withNewResourceAttributes()
                        .withVerb("get")
                        .withVersion("v1")
                        .withResource("secrets")
                        .withNamespace(question.secret().namespace())
                        .withName(question.secret().name())
                        .endResourceAttributes()
                        .endSpec()
                        .build();
        var status = client.resource(review).create().getStatus();
        return status != null
                && Boolean.TRUE.equals(status.getAllowed())
                && !Boolean.TRUE.equals(status.getDenied());
    }

    private void remember(Question question, boolean allowed) {
        var now = clock.instant();
        if (verdicts.size() >= MAX_REMEMBERED) {
            verdicts.values().removeIf(verdict -> !now.isBefore(verdict.until()));
        }
        var before =
                verdicts.size() < MAX_REMEMBERED
                        ? verdicts.put(question, new Verdict(allowed, now.plus(memory)))
                        : null;
        if (before == null || before.allowed() != allowed) {
            answered.run();
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
