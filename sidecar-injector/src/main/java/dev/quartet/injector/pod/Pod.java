package dev.quartet.injector.pod;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A pod, or the template of one.
///
/// @param json `metadata` and `spec`; not changed by anyone
/// @param namespace where it will run; empty when a manifest doesn't say
/// @param owner the workload whose template this is; null: it is found out from the pod itself
public record Pod(ObjectNode json, String namespace, @Nullable String owner) {
    /// Put on every injected pod; says what was added.
    public static final String STATUS_ANNOTATION = "sidecar.istio.io/status";

    private static final long DEFAULT_GRACE_SECONDS = 30;

    /// @throws InvalidPodException when this is not a pod
    public Pod {
        if (!json.path("spec").isObject()) {
            throw new InvalidPodException("spec is missing or not an object; is this a pod?");
        }
        requireMap(json, "labels");
        requireMap(json, "annotations");
        for (String list : List.of("containers", "initContainers", "volumes")) {
            JsonNode items = json.path("spec").path(list);
            if (!items.isMissingNode() && !items.isNull() && !items.isArray()) {
                throw new InvalidPodException("spec.%s is not a list".formatted(list));
            }
        }
        if (json.path("spec").path("containers").isEmpty()) {
            throw new InvalidPodException(
                    "spec.containers is empty; a pod has at least one container");
        }
    }

    private static void requireMap(ObjectNode pod, String field) {
        JsonNode map = pod.path("metadata").path(field);
        if (map.isMissingNode() || map.isNull()) {
            return;
        }
        if (!map.isObject()) {
            throw new InvalidPodException("metadata.%s is not a map".formatted(field));
        }
        for (var entry : map.properties()) {
            if (!entry.getValue().isString()) {
                throw new InvalidPodException(
                        "metadata.%s[%s] is not a string; put its value in quotes"
                                .formatted(field, entry.getKey()));
            }
        }
    }

    public SortedMap<String, String> labels() {
        return map("labels");
    }

    public SortedMap<String, String> annotations() {
        return map("annotations");
    }

    /// @return null when it is not there
    public @Nullable String annotation(String name) {
        return annotations().get(name);
    }

    public boolean hostNetwork() {
        return json.path("spec").path("hostNetwork").asBoolean(false);
    }

    public boolean onWindows() {
        JsonNode spec = json.path("spec");
        return spec.path("os").path("name").stringValue("").equals("windows")
                || spec.path("nodeSelector")
                        .path("kubernetes.io/os")
                        .stringValue("")
                        .equals("windows");
    }

    /// How long the pod may take to end.
    public Duration grace() {
        return Duration.ofSeconds(
                json.path("spec")
                        .path("terminationGracePeriodSeconds")
                        .asLong(DEFAULT_GRACE_SECONDS));
    }

    /// Names of all containers, the initial ones too.
    public List<String> containerNames() {
        var names = new ArrayList<String>();
        for (String list : List.of("containers", "initContainers")) {
            for (JsonNode container : json.path("spec").path(list)) {
                names.add(container.path("name").stringValue(""));
            }
        }
        return names;
    }

    /// The workload's name as Istio gives it: the owner's, for a ReplicaSet of a Deployment the Deployment's, else the pod's own.
    public String workload() {
        if (owner != null) {
            return owner;
        }
        JsonNode metadata = json.path("metadata");
        String hash = labels().getOrDefault("pod-template-hash", "");
        for (JsonNode reference : metadata.path("ownerReferences")) {
            if (reference.path("controller").asBoolean(false)) {
                return without(
                        reference.path("name").stringValue(""), hash.isEmpty() ? "" : "-" + hash);
            }
        }
        String generated = metadata.path("generateName").stringValue("");
        if (!generated.isEmpty()) {
            return without(without(generated, "-"), hash.isEmpty() ? "" : "-" + hash);
        }
        String name = metadata.path("name").stringValue("");
        return name.isEmpty() ? "unnamed" : name;
    }

    private static String without(String text, String suffix) {
        return !suffix.isEmpty() && text.endsWith(suffix)
                ? text.substring(0, text.length() - suffix.length())
                : text;
    }

    private SortedMap<String, String> map(String field) {
        var map = new TreeMap<String, String>();
        json.path("metadata")
                .path(field)
                .properties()
                .forEach(entry -> map.put(entry.getKey(), entry.getValue().stringValue("")));
        return Collections.unmodifiableSortedMap(map);
    }
}
