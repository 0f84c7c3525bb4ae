package dev.quartet.config.read;

import dev.quartet.config.Tree;

/// JSON that a field holds as text.
public sealed interface JsonText {
    record Value(Tree tree) implements JsonText {}

    /// @param fix what the user can do
    record Broken(String fault, String fix) implements JsonText {}

    /// Reads the text's only value.
    static JsonText of(String text) {
        try {
            var nodes = JsonNodes.parse(text);
            return nodes.size() == 1
                    ? new Value(ClusterObjects.tree(nodes.getFirst()))
                    : new Broken(
                            nodes.size() + " JSON values where one is wanted",
                            "write one, in braces");
        } catch (MalformedException broken) {
            return new Broken(broken.fault(), broken.fix());
        }
    }
}
