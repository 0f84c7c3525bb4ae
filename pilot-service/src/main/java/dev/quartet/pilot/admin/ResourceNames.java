package dev.quartet.pilot.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import java.util.Arrays;

/// Resources as parameters name them: `VirtualService/shop/reviews`, or `MeshConfig/mesh` of what is in no namespace.
final class ResourceNames {
    private ResourceNames() {}

    /// @param parameter in which the text stands
    /// @throws ProblemException 400 when it names nothing that could be
    static ResourceKey key(String parameter, String text) {
        var parts = text.split("/", -1);
        var kind =
                Arrays.stream(Kind.values())
                        .filter(it ->
                                it.label().equalsIgnoreCase(parts[0])
                                        || it.plural().equalsIgnoreCase(parts[0]))
                        .findFirst();
        if (kind.isEmpty() || parts.length < 2 || parts.length > 3) {
            throw ProblemException.badRequest(
                    "%s is \"%s\"; write it as VirtualService/shop/reviews"
                            .formatted(parameter, text));
        }
        return parts.length == 2
                ? new ResourceKey(kind.get(), "", parts[1])
                : new ResourceKey(kind.get(), parts[1], parts[2]);
    }
}
