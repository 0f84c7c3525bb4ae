package dev.quartet.galley.admission;

import dev.quartet.admin.webhook.AdmissionReview;
import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.Bookkeeping;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// An object as kube-apiserver shows it before it is stored.
record ReviewedObject(ObjectNode object) {
    private static final String METADATA = "metadata";
    private static final String NAMESPACE = "namespace";

    /// On its way out; only its finalizers go away yet.
    boolean isBeingDeleted() {
        return metadata().has("deletionTimestamp");
    }

    /// The same for an object that is no part of a review.
    boolean saysTheSameAs(JsonNode other) {
        return other instanceof ObjectNode node && saysTheSameAs(new ReviewedObject(node));
    }

    /// Whether the two differ only in what is no config: status, finalizers, owners.
    boolean saysTheSameAs(ReviewedObject other) {
        return object.path("spec").equals(other.object.path("spec"))
                && labels().equals(other.labels())
                && annotations().equals(other.annotations());
    }

    Map<String, String> labels() {
        return texts("labels");
    }

    /// But for those that are no content.
    Map<String, String> annotations() {
        return texts("annotations");
    }

    ResourceKey key(Kind kind, AdmissionReview review) {
        var namespace = metadata().path(NAMESPACE).stringValue("");
        return new ResourceKey(
                kind,
                namespace.isEmpty() ? review.namespace() : namespace,
                metadata().path("name").stringValue(review.name()));
    }

    /// @param namespace when it names none itself
    String json(String namespace) {
        if (metadata() instanceof ObjectNode given && !given.has(NAMESPACE)) {
            var whole = object.deepCopy();
            whole.set(METADATA, given.deepCopy().put(NAMESPACE, namespace));
            return whole.toString();
        }
        return object.toString();
    }

    private JsonNode metadata() {
        return object.path(METADATA);
    }

    private Map<String, String> texts(String field) {
        var texts = new TreeMap<String, String>();
        metadata()
                .path(field)
                .properties()
                .forEach(entry -> texts.put(entry.getKey(), entry.getValue().asString("")));
        texts.keySet().removeAll(Bookkeeping.ANNOTATIONS);
        return texts;
    }
}
