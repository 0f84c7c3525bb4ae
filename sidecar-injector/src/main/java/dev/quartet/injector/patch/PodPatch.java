package dev.quartet.injector.patch;

import dev.quartet.injector.pod.Pod;
import dev.quartet.injector.render.Sidecar;
import java.util.List;
import java.util.SortedMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// JSON patches (RFC 6902) of `add` operations, which replace what is there already; made and applied here: the webhook sends them, manifests apply them, so both get the same pod.
public final class PodPatch {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private PodPatch() {}

    public static ArrayNode of(Pod pod, Sidecar sidecar) {
        ArrayNode operations = JSON.createArrayNode();
        if (!pod.json().path("metadata").isObject()) {
            add(operations, "/metadata", JSON.createObjectNode());
        }
        addEntries(operations, pod, "annotations", sidecar.annotations());
        addEntries(operations, pod, "labels", sidecar.labels());
        sidecar.replaced().forEach((path, value) -> add(operations, path, value));
        addItems(operations, pod, "volumes", sidecar.volumes());
        addItems(operations, pod, "initContainers", sidecar.initContainers());
        addItems(operations, pod, "containers", sidecar.containers());
        return operations;
    }

    /// The pod with the patch's additions; the pod given stays as it is.
    public static ObjectNode apply(ObjectNode pod, ArrayNode operations) {
        ObjectNode patched = pod.deepCopy();
        for (JsonNode operation : operations) {
            String path = operation.path("path").stringValue("");
            int last = path.lastIndexOf('/');
            JsonNode parent = patched.at(path.substring(0, last));
            String key = path.substring(last + 1).replace("~1", "/").replace("~0", "~");
            JsonNode value = operation.path("value");
            switch (parent) {
                case ObjectNode object -> object.set(key, value);
                case ArrayNode array when key.equals("-") -> array.add(value);
                default -> throw new IllegalArgumentException("nothing can be added at " + path);
            }
        }
        return patched;
    }

    private static void addEntries(
            ArrayNode operations, Pod pod, String field, SortedMap<String, String> entries) {
        if (entries.isEmpty()) {
            return;
        }
        String path = "/metadata/" + field;
        if (!pod.json().path("metadata").path(field).isObject()) {
            ObjectNode all = JSON.createObjectNode();
            entries.forEach(all::put);
            add(operations, path, all);
        } else {
            entries.forEach((name, value) ->
                    add(
                            operations,
                            path + "/" + name.replace("~", "~0").replace("/", "~1"),
                            JSON.getNodeFactory().stringNode(value)));
        }
    }

    private static void addItems(
            ArrayNode operations, Pod pod, String field, List<ObjectNode> items) {
        if (items.isEmpty()) {
            return;
        }
        String path = "/spec/" + field;
        if (!pod.json().path("spec").path(field).isArray()) {
            ArrayNode all = JSON.createArrayNode();
            items.forEach(all::add);
            add(operations, path, all);
        } else {
            items.forEach(item -> add(operations, path + "/-", item));
        }
    }

    private static void add(ArrayNode operations, String path, JsonNode value) {
        operations.addObject().put("op", "add").put("path", path).set("value", value);
    }
}
