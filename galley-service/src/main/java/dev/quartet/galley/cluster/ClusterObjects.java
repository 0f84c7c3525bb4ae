package dev.quartet.galley.cluster;

import dev.quartet.config.read.Bookkeeping;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.write.ResourceWriter;
import dev.quartet.galley.source.ConfigFile;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Between documents and objects of the apiserver.
record ClusterObjects(KubernetesSerialization serialization) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// The object that a document makes of the one that is there: the document's spec; labels and annotations that only the object
    /// has stay, since other tools keep theirs there.
    GenericKubernetesResource after(ReadResource read, @Nullable GenericKubernetesResource there) {
        var document =
                serialization.unmarshal(
                        ResourceWriter.json(read.resource()), GenericKubernetesResource.class);
        if (there == null) {
            return document;
        }
        var after = serialization.clone(there);
        after.setApiVersion(document.getApiVersion());
        after.setAdditionalProperties(document.getAdditionalProperties());
        var metadata = after.getMetadata();
        metadata.setManagedFields(null);
        metadata.setLabels(both(metadata.getLabels(), document.getMetadata().getLabels()));
        metadata.setAnnotations(
                both(metadata.getAnnotations(), document.getMetadata().getAnnotations()));
        return after;
    }

    private static Map<String, String> both(
            @Nullable Map<String, String> some, @Nullable Map<String, String> others) {
        var all = new TreeMap<String, String>();
        if (some != null) {
            all.putAll(some);
        }
        if (others != null) {
            all.putAll(others);
        }
        return all;
    }

    /// What will be in force of the object, as if it stood where the document does.
    ReadResource read(GenericKubernetesResource object, ReadResource document) {
        var file = ConfigFile.readObject("", serialization.asJson(object));
        return file.resources().isEmpty()
                ? document
                : new ReadResource(
                        file.resources().getFirst().resource(),
                        document.position(),
                        document.lines());
    }

    /// Whether the two say the same, by all that is content.
    boolean saySame(GenericKubernetesResource one, GenericKubernetesResource other) {
        var some = content(one);
        return some.isPresent() && some.equals(content(other));
    }

    private Optional<String> content(GenericKubernetesResource object) {
        return ConfigFile.readObject("", serialization.asJson(object)).resources().stream()
                .map(it -> it.resource().version())
                .findFirst();
    }

    JsonNode json(GenericKubernetesResource object) {
        return JSON.readTree(serialization.asJson(object));
    }

    GenericKubernetesResource object(JsonNode json) {
        return serialization.unmarshal(json.toString(), GenericKubernetesResource.class);
    }

    /// Of the batch.
    static GenericKubernetesResource marked(GenericKubernetesResource object, String batch) {
        var annotations = new TreeMap<String, String>();
        if (object.getMetadata().getAnnotations() != null) {
            annotations.putAll(object.getMetadata().getAnnotations());
        }
        annotations.put(Bookkeeping.BATCH, batch);
        object.getMetadata().setAnnotations(annotations);
        return object;
    }

    static boolean isMarked(GenericKubernetesResource object, String batch) {
        var annotations = object.getMetadata().getAnnotations();
        return annotations != null && batch.equals(annotations.get(Bookkeeping.BATCH));
    }

    /// One that can be made again.
    static GenericKubernetesResource anew(GenericKubernetesResource object) {
        var metadata = object.getMetadata();
        var kept = new ObjectMeta();
        kept.setName(metadata.getName());
        kept.setNamespace(metadata.getNamespace());
        kept.setLabels(metadata.getLabels());
        kept.setAnnotations(metadata.getAnnotations());
        kept.setFinalizers(metadata.getFinalizers());
        kept.setOwnerReferences(metadata.getOwnerReferences());
        object.setMetadata(kept);
        return object;
    }

    /// To replace this version and no other; null: whichever is there.
    static GenericKubernetesResource over(
            GenericKubernetesResource object, @Nullable String version) {
        object.getMetadata().setResourceVersion(version);
        return object;
    }

    static String version(GenericKubernetesResource object) {
        return object.getMetadata().getResourceVersion();
    }
}
