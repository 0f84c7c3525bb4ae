package dev.quartet.galley.source;

import java.util.List;

/// What is in force before anyone says anything: Quartet's own defaults, which any other source overrides.
public final class BuiltInSource {
    private final SourceContent content;

    /// @param files built-in documents; a fault in them is a bug
    public BuiltInSource(List<ConfigFile> files) {
        for (var file : files) {
            if (!file.good()) {
                throw new IllegalStateException("built-in config is not valid: " + file.problems());
            }
        }
        this.content =
                new SourceContent(
                        Origin.BUILT_IN,
                        files.stream().flatMap(file -> file.resources().stream()).toList(),
                        List.of());
    }

    public SourceContent content() {
        return content;
    }
}
