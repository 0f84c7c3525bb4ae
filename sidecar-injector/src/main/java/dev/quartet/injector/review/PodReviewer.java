package dev.quartet.injector.review;

import dev.quartet.admin.webhook.AdmissionAnswer;
import dev.quartet.admin.webhook.AdmissionReview;
import dev.quartet.admin.webhook.MalformedReviewException;
import dev.quartet.admin.webhook.Reviewer;
import dev.quartet.injector.inject.Outcome;
import dev.quartet.injector.inject.PodInjector;
import dev.quartet.injector.pod.InvalidPodException;
import dev.quartet.injector.pod.Pod;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives pods their sidecar as they are created. A pod that should get one and cannot is refused with the reason: without
/// one it would run outside of the mesh's protection. Thread-safe.
public final class PodReviewer implements Reviewer {
    private static final Logger LOGGER = LoggerFactory.getLogger(PodReviewer.class);
    private static final String POD = "Pod";

    private final PodInjector injector;
    private final InjectionMetrics metrics;

    public PodReviewer(PodInjector injector, InjectionMetrics metrics) {
        this.injector = injector;
        this.metrics = metrics;
    }

    @Override
    public AdmissionAnswer review(AdmissionReview review) throws MalformedReviewException {
        var pod = review.object();
        if (!(review.kind().isEmpty() || review.kind().equals(POD)) || pod.isEmpty()) {
            throw new MalformedReviewException(
                    "request.object is not a Pod; let the webhook's rules name pods and the operation CREATE only");
        }
        var json = pod.get();
        var namespace =
                review.namespace().isEmpty()
                        ? json.path("metadata").path("namespace").stringValue("")
                        : review.namespace();
        try {
            return answer(new Pod(json, namespace, null), namespace);
        } catch (InvalidPodException e) {
            metrics.denied();
            LOGGER.atWarn()
                    .addKeyValue("namespace", namespace)
                    .addKeyValue("error", e.fault())
                    .log("Pod refused");
            return new AdmissionAnswer.Denied(
                    400, "BadRequest", "sidecar injection: " + e.fault(), null, List.of());
        }
    }

    private AdmissionAnswer answer(Pod pod, String namespace) throws InvalidPodException {
        return switch (injector.inject(pod)) {
            case Outcome.Injected(var operations, var warnings) -> {
                metrics.injected();
                LOGGER.atInfo()
                        .addKeyValue("namespace", namespace)
                        .addKeyValue("name", pod.workload())
                        .log("Sidecar injected");
                yield new AdmissionAnswer.Allowed(warnings, operations);
            }
            case Outcome.Skipped(var reason) -> {
                metrics.skipped();
                LOGGER.atInfo()
                        .addKeyValue("namespace", namespace)
                        .addKeyValue("name", pod.workload())
                        .addKeyValue("reason", reason)
                        .log("Pod left as it is");
                yield AdmissionAnswer.allowed();
            }
        };
    }
}
