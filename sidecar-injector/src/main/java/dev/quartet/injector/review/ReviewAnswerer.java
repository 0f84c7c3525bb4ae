package dev.quartet.injector.review;

import dev.quartet.injector.inject.Outcome;
import dev.quartet.injector.inject.PodInjector;
import dev.quartet.injector.pod.InvalidPodException;
import dev.quartet.injector.pod.Pod;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Answers AdmissionReviews (`admission.k8s.io` v1 and v1beta1, in the version they came in). A pod that should get a sidecar and cannot is refused with the reason: without one it would run outside
/// of the mesh's protection. Thread-safe.
public final class ReviewAnswerer {
    private static final Logger LOGGER = LoggerFactory.getLogger(ReviewAnswerer.class);
    private static final Set<String> VERSIONS =
            Set.of("admission.k8s.io/v1", "admission.k8s.io/v1beta1");

    /// Strict: a key given twice could be read differently by two readers. Depth is bounded by Jackson's own limit.
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private final PodInjector injector;
    private final InjectionMetrics metrics;

    public ReviewAnswerer(PodInjector injector, InjectionMetrics metrics) {
        this.injector = injector;
        this.metrics = metrics;
    }

    /// @throws MalformedReviewException when there is no review to answer
    public byte[] answer(byte[] body) throws MalformedReviewException {
        JsonNode review = parse(body);
        String version = review.path("apiVersion").stringValue("");
        if (!review.path("kind").stringValue("").equals("AdmissionReview")
                || !VERSIONS.contains(version)) {
            throw new MalformedReviewException(
                    "kind and apiVersion must be AdmissionReview and one of admission.k8s.io/v1, admission.k8s.io/v1beta1");
        }
        JsonNode request = review.path("request");
        String uid = request.path("uid").stringValue("");
        if (uid.isEmpty()) {
            throw new MalformedReviewException("request.uid is missing");
        }
        String kind = request.path("kind").path("kind").stringValue("Pod");
        if (!kind.equals("Pod") || !(request.path("object") instanceof ObjectNode pod)) {
            throw new MalformedReviewException(
                    "request.object is not a Pod; let the webhook's rules name pods and the operation CREATE only");
        }
        var answer =
                JSON.createObjectNode().put("apiVersion", version).put("kind", "AdmissionReview");
        fill(answer.putObject("response").put("uid", uid), pod, request);
        return JSON.writeValueAsBytes(answer);
    }

    private void fill(ObjectNode response, ObjectNode json, JsonNode request) {
        String namespace =
                request.path("namespace")
                        .stringValue(json.path("metadata").path("namespace").stringValue(""));
        try {
            var pod = new Pod(json, namespace, null);
            switch (injector.inject(pod)) {
                case Outcome.Injected(var operations, var warnings) -> {
                    response.put("allowed", true).put("patchType", "JSONPatch");
                    response.put(
                            "patch",
                            Base64.getEncoder().encodeToString(JSON.writeValueAsBytes(operations)));
                    if (!warnings.isEmpty()) {
                        var list = response.putArray("warnings");
                        warnings.forEach(list::add);
                    }
                    metrics.injected();
                    LOGGER.atInfo()
                            .addKeyValue("namespace", namespace)
                            .addKeyValue("name", pod.workload())
                            .log("Sidecar injected");
                }
                case Outcome.Skipped(var reason) -> {
                    response.put("allowed", true);
                    metrics.skipped();
                    LOGGER.atInfo()
                            .addKeyValue("namespace", namespace)
                            .addKeyValue("name", pod.workload())
                            .addKeyValue("reason", reason)
                            .log("Pod left as it is");
                }
            }
        } catch (InvalidPodException e) {
            response.put("allowed", false);
            response.putObject("status")
                    .put("status", "Failure")
                    .put("code", 400)
                    .put("reason", "BadRequest")
                    .put("message", "sidecar injection: " + e.fault());
            metrics.refused();
            LOGGER.atWarn()
                    .addKeyValue("namespace", namespace)
                    .addKeyValue("error", e.fault())
                    .log("Pod refused");
        }
    }

    private static JsonNode parse(byte[] body) throws MalformedReviewException {
        if (body.length == 0) {
            throw new MalformedReviewException("the body is empty; send an AdmissionReview");
        }
        try {
            JsonNode review = JSON.readTree(new String(body, StandardCharsets.UTF_8));
            if (!review.isObject()) {
                throw new MalformedReviewException(
                        "the body is not a JSON object; send an AdmissionReview");
            }
            return review;
        } catch (JacksonException e) {
            var at = e.getLocation();
            throw new MalformedReviewException(
                    "the body is not JSON%s: %s"
                            .formatted(
                                    at == null
                                            ? ""
                                            : " at line "
                                                    + at.getLineNr()
                                                    + ", column "
                                                    + at.getColumnNr(),
                                    e.getOriginalMessage()));
        }
    }
}
