package dev.quartet.testkit;

import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// JSON as maps, lists and scalars: all that a test wants of an answer. Read as the YAML that it is.
public final class Json {
    private Json() {}

    /// @throws IllegalStateException for a text without a value
    public static Object read(String text) {
        var tree =
                new Load(LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build())
                        .loadFromString(text);
        if (tree == null) {
            throw new IllegalStateException("this JSON is empty");
        }
        return tree;
    }
}
