package dev.quartet.galley.source;

import dev.quartet.admin.StartupFailure;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.write.ResourceWriter;
import dev.quartet.identity.PrivateFiles;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What was applied by REST, kept in the state folder as one file of YAML documents.
///
/// The file is replaced as a whole, so that a kill -9 leaves the old config or the new one. Reads are safe from any
/// thread; [#replace] is called by one at a time.
public final class AppliedSource {
    private static final String HEAD =
            "# What was applied by REST. Galley replaces this file at each apply; edit it only while Galley is stopped.\n";

    private final StateFolder folder;
    private volatile SortedMap<ResourceKey, ReadResource> applied;

    /// @throws StartupFailure when the file can't be read back
    public AppliedSource(StateFolder folder) {
        this.folder = folder;
        this.applied = load(folder);
    }

    private static SortedMap<ResourceKey, ReadResource> load(StateFolder folder) {
        var path = folder.applied();
        try {
            var applied = new TreeMap<ResourceKey, ReadResource>();
            // Each document by itself: together they may be longer than a file that a user may
            // send.
            var place = 0;
            for (var document : StateFolder.readIfThere(path).split("(?m)^---\n")) {
                var file = ConfigFile.read("applied.yaml, document " + (place + 1), document);
                if (file.resources().isEmpty() && file.problems().isEmpty()) {
                    continue; // the head, or another comment
                }
                place++;
                var unreadable =
                        file.problems().stream()
                                .filter(it -> it.severity() == Severity.ERROR)
                                .toList();
                if (file.resources().isEmpty()) {
                    throw new StartupFailure(
                            "applied config in %s can't be read: %s".formatted(path, unreadable),
                            "repair that file, or move it away to start without what was applied");
                }
                file.resources().forEach(read -> applied.put(read.resource().key(), read));
            }
            return applied;
        } catch (IOException e) {
            throw new StartupFailure(
                    "applied config in %s can't be read: %s".formatted(path, e),
                    "make the file readable for Galley's user",
                    e);
        }
    }

    public SourceContent content() {
        return content(applied.values());
    }

    /// What [#content] would be with these resources.
    public static SourceContent content(Collection<ReadResource> resources) {
        return new SourceContent(Origin.APPLIED, List.copyOf(resources), List.of());
    }

    /// A copy to change.
    public SortedMap<ResourceKey, ReadResource> resources() {
        return new TreeMap<>(applied);
    }

    /// Replaces all that is applied, on disk first.
    ///
    /// @throws IOException when the disk refuses; nothing has changed then
    public void replace(Map<ResourceKey, ReadResource> next) throws IOException {
        var text = new StringBuilder(HEAD);
        for (var read : new TreeMap<>(next).values()) {
            Resource<?> resource = read.resource();
            text.append("---\n").append(ResourceWriter.yaml(resource));
            if (text.charAt(text.length() - 1) != '\n') {
                text.append('\n');
            }
        }
        PrivateFiles.write(folder.applied(), text.toString());
        applied = new TreeMap<>(next);
    }
}
