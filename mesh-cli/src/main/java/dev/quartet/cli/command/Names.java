package dev.quartet.cli.command;

import dev.quartet.cli.print.Printable;
import tools.jackson.databind.JsonNode;

/// Resources and revisions as people read them.
final class Names {
    private static final int SHORT_ID = 8;

    private Names() {}

    /// `VirtualService shop/reviews`.
    static String of(JsonNode resource) {
        var namespace = resource.path("namespace").asString("");
        return Printable.line(
                resource.path("kind").asString()
                        + " "
                        + (namespace.isEmpty() ? "" : namespace + "/")
                        + resource.path("name").asString());
    }

    /// The first signs of a revision's id: enough to name it.
    static String shortId(String id) {
        return Printable.line(id.substring(0, Math.min(SHORT_ID, id.length())));
    }
}
