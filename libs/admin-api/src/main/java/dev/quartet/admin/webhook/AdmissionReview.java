package dev.quartet.admin.webhook;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A question of kube-apiserver's (`admission.k8s.io` v1 or v1beta1; the answer has the same version). Read strictly: a
/// key given twice could be read differently by two readers. Depth is bounded by Jackson's own limit, 500.
///
/// @param uid of this question, echoed
/// @param request all that was asked
public record AdmissionReview(String apiVersion, String uid, JsonNode request) {
    private static final Set<String> VERSIONS =
            Set.of("admission.k8s.io/v1", "admission.k8s.io/v1beta1");
    private static final String KIND = "AdmissionReview";
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    /// @throws MalformedReviewException when there is no review to answer
    static AdmissionReview read(byte[] body) throws MalformedReviewException {
        JsonNode review = parse(body);
        String version = text(review, "apiVersion");
        if (!text(review, "kind").equals(KIND) || !VERSIONS.contains(version)) {
            throw new MalformedReviewException(
                    "kind and apiVersion must be AdmissionReview and one of admission.k8s.io/v1, admission.k8s.io/v1beta1");
        }
        JsonNode request = review.path("request");
        String uid = text(request, "uid");
        if (uid.isEmpty()) {
            throw new MalformedReviewException("request.uid is missing");
        }
        return new AdmissionReview(version, uid, request);
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

    private static String text(JsonNode node, String field) {
        return node.path(field).stringValue("");
    }

    static byte[] bytes(JsonNode json) {
        return JSON.writeValueAsBytes(json);
    }

    byte[] answered(AdmissionAnswer answer) {
        var review = JSON.createObjectNode().put("apiVersion", apiVersion).put("kind", KIND);
        answer.writeTo(review.putObject("response").put("uid", uid));
        return bytes(review);
    }

    /// CREATE, UPDATE, DELETE or CONNECT; empty when it is not said.
    public String operation() {
        return text(request, "operation");
    }

    /// The object's API group; empty for Kubernetes' own.
    public String group() {
        return text(request.path("kind"), "group");
    }

    /// The object's kind; empty when it is not said.
    public String kind() {
        return text(request.path("kind"), "kind");
    }

    /// Empty for what belongs to none.
    public String namespace() {
        return text(request, "namespace");
    }

    /// Empty when the object has no name yet, or many are deleted together.
    public String name() {
        return text(request, "name");
    }

    /// The name of who asks, as kube-apiserver has authenticated it.
    public String user() {
        return text(request.path("userInfo"), "username");
    }

    /// Whether nothing will be stored, and nothing else may happen either.
    public boolean dryRun() {
        return request.path("dryRun").booleanValue(false);
    }

    /// What is to be stored.
    public Optional<ObjectNode> object() {
        return object("object");
    }

    /// What is stored now.
    public Optional<ObjectNode> oldObject() {
        return object("oldObject");
    }

    private Optional<ObjectNode> object(String field) {
        return request.path(field) instanceof ObjectNode object
                ? Optional.of(object)
                : Optional.empty();
    }
}
