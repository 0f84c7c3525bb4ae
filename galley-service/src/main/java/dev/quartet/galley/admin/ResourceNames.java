package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import java.util.Arrays;
import java.util.stream.Collectors;

/// Reads kinds and names as people write them in paths: `VirtualService`, `virtualservice` or `virtualservices`, and `-`
/// for the namespace of a resource that has none.
final class ResourceNames {
    private ResourceNames() {}

    static Kind kind(String text) {
        return Arrays.stream(Kind.values())
                .filter(kind ->
                        kind.label().equalsIgnoreCase(text) || kind.plural().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() ->
                        ProblemException.notFound(
                                "there is no kind \"%s\"; the kinds are %s"
                                        .formatted(
                                                text,
                                                Arrays.stream(Kind.values())
                                                        .map(Kind::label)
                                                        .collect(Collectors.joining(", ")))));
    }

    static ResourceKey key(String kind, String namespace, String name) {
        return new ResourceKey(kind(kind), namespace.equals("-") ? "" : namespace, name);
    }
}
