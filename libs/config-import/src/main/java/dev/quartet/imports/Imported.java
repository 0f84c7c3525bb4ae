package dev.quartet.imports;

import dev.quartet.config.analyze.Finding;
import dev.quartet.config.read.ReadResource;
import java.util.List;

/// What an [Importer] answers.
///
/// @param replaced of today's resources those in whose place something was made, or nothing
public record Imported(List<Made> made, List<ReadResource> replaced, List<Finding> findings) {
    public Imported {
        made = List.copyOf(made);
        replaced = List.copyOf(replaced);
        findings = List.copyOf(findings);
    }
}
