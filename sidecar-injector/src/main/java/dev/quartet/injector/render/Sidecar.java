package dev.quartet.injector.render;

import java.util.List;
import java.util.SortedMap;
import tools.jackson.databind.node.ObjectNode;

/// What is added to a pod.
/// @param replaced JSON pointer to what stands there instead
/// @param warnings about annotations that have no effect, for the user
public record Sidecar(
        List<ObjectNode> initContainers,
        List<ObjectNode> containers,
        List<ObjectNode> volumes,
        SortedMap<String, String> labels,
        SortedMap<String, String> annotations,
        SortedMap<String, ObjectNode> replaced,
        List<String> warnings) {}
