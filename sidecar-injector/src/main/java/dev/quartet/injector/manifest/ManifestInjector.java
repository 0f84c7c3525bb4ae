package dev.quartet.injector.manifest;

import dev.quartet.injector.inject.Outcome;
import dev.quartet.injector.inject.PodInjector;
import dev.quartet.injector.patch.PodPatch;
import dev.quartet.injector.pod.InvalidPodException;
import dev.quartet.injector.pod.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Gives the pods in manifests their sidecars: `kubectl apply` of the result needs no webhook. Kinds that hold no pod pass unchanged; comments are lost. All or nothing: one pod that cannot be injected
/// refuses the manifest. Thread-safe.
public final class ManifestInjector {
    private final PodInjector injector;

    public ManifestInjector(PodInjector injector) {
        this.injector = injector;
    }

    /// @param yaml the documents, injected
    /// @param results one per document (and per item of a List), in order
    public record Injected(String yaml, List<Result> results) {}

    /// @param outcome `injected`, `unchanged` (holds no pod), or a reason in words
    public record Result(
            String kind, String namespace, String name, String outcome, List<String> warnings) {}

    /// @param yaml documents in YAML or JSON
    public Injected inject(String yaml) throws ManifestException {
        var documents = ManifestYaml.read(yaml);
        if (documents.isEmpty()) {
            throw new ManifestException(
                    "there is no document in it; send the YAML of pods or workloads");
        }
        var results = new ArrayList<Result>();
        var injected = new ArrayList<JsonNode>();
        for (int i = 0; i < documents.size(); i++) {
            injected.add(document(documents.get(i), "document " + (i + 1), results));
        }
        return new Injected(ManifestYaml.write(injected), List.copyOf(results));
    }

    private JsonNode document(JsonNode node, String place, List<Result> results)
            throws ManifestException {
        String kind = node.path("kind").stringValue("");
        if (!(node instanceof ObjectNode document) || kind.isEmpty()) {
            throw new ManifestException(place + ": kind is missing; is this a Kubernetes object?");
        }
        if (kind.equals("List") && document.path("items") instanceof ArrayNode items) {
            var all = items.arrayNode();
            for (int i = 0; i < items.size(); i++) {
                all.add(document(items.get(i), place + ", items[" + i + "]", results));
            }
            return document.deepCopy().set("items", all);
        }
        String path = pathOfPod(kind);
        String name = document.path("metadata").path("name").stringValue("");
        String namespace = document.path("metadata").path("namespace").stringValue("");
        if (path == null) {
            results.add(new Result(kind, namespace, name, "unchanged", List.of()));
            return document;
        }
        if (!(document.at(path) instanceof ObjectNode template)) {
            throw new ManifestException(
                    "%s: %s %s has no %s"
                            .formatted(place, kind, name, path.substring(1).replace('/', '.')));
        }
        try {
            var pod = new Pod(template, namespace, path.isEmpty() || name.isEmpty() ? null : name);
            return switch (injector.inject(pod)) {
                case Outcome.Injected(var operations, var warnings) -> {
                    results.add(new Result(kind, namespace, name, "injected", warnings));
                    yield replaced(document, path, PodPatch.apply(template, operations));
                }
                case Outcome.Skipped(var reason) -> {
                    results.add(
                            new Result(
                                    kind,
                                    namespace,
                                    name,
                                    reason.name().toLowerCase(Locale.ROOT).replace('_', '-')
                                            + ": "
                                            + reason.explanation(),
                                    List.of()));
                    yield document;
                }
            };
        } catch (InvalidPodException e) {
            throw new ManifestException("%s: %s %s: %s".formatted(place, kind, name, e.fault()));
        }
    }

    /// Where a document of this kind holds a pod: a JSON pointer, empty for the pod itself; null when it holds none.
    private static @Nullable String pathOfPod(String kind) {
        return switch (kind) {
            case "Pod" -> "";
            case "Deployment",
                    "ReplicaSet",
                    "ReplicationController",
                    "StatefulSet",
                    "DaemonSet",
                    "Job",
                    "DeploymentConfig" ->
                    "/spec/template";
            case "CronJob" -> "/spec/jobTemplate/spec/template";
            default -> null;
        };
    }

    private static ObjectNode replaced(ObjectNode document, String path, ObjectNode template) {
        if (path.isEmpty()) {
            return template;
        }
        ObjectNode copy = document.deepCopy();
        int last = path.lastIndexOf('/');
        ((ObjectNode) copy.at(path.substring(0, last))).set(path.substring(last + 1), template);
        return copy;
    }
}
