package dev.quartet.imports;

import dev.quartet.config.Position;
import dev.quartet.config.read.Documents;
import dev.quartet.config.read.ReadDocuments;
import dev.quartet.config.read.ReadResource;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The texts of the documents that hold one resource each, with their comments. Not thread-safe.
final class Verbatim {
    private static final Pattern MARKER = Pattern.compile("---[ \\t]*(#.*)?");

    private final Map<Position, String> texts = new HashMap<>();

    void add(SourceFile file, ReadDocuments read) {
        var content =
                file.content().startsWith("\uFEFF") ? file.content().substring(1) : file.content();
        var positions =
                read.result().resources().stream()
                        .map(ReadResource::position)
                        .collect(Collectors.toSet());
        for (var part : Documents.split(content)) {
            var lines = part.text().lines().toList();
            var text = new StringBuilder();
            int first = 0;
            for (int i = 0; i < lines.size(); i++) {
                var line = lines.get(i);
                if (i == 0 && MARKER.matcher(line).matches()) {
                    continue;
                }
                if (first == 0 && !line.isBlank() && !line.startsWith("#")) {
                    first = part.linesBefore() + i + 1;
                    if (!Character.isLetter(line.charAt(0)) && line.charAt(0) != '"') {
                        break;
                    }
                }
                if (first > 0 || !line.isBlank()) {
                    text.append(line).append('\n');
                }
            }
            var position = new Position(file.name(), first);
            if (first > 0 && positions.contains(position)) {
                texts.put(position, text.toString().stripTrailing() + "\n");
            }
        }
    }

    /// Null where it shares its document with others, or the document is written as JSON is.
    @Nullable String of(ReadResource read) {
        return texts.get(read.position());
    }
}
