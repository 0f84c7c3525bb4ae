package dev.quartet.policy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// The resources that every mesh has unless a user puts others in their place: the mesh metrics of Istio 1.4.
/// Galley publishes them with the lowest precedence, in the namespace `istio-system`.
public final class DefaultPolicies {
    private static final List<String> FILES = List.of("quartet/defaults/mesh-metrics.yaml");

    private DefaultPolicies() {}

    /// One file of several documents.
    ///
    /// @param name fit for the file of a [dev.quartet.config.Position]
    public record Document(String name, String yaml) {}

    public static List<Document> documents() {
        return FILES.stream().map(name -> new Document(name, text(name))).toList();
    }

    private static String text(String name) {
        try (var stream = DefaultPolicies.class.getClassLoader().getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("the jar of policy-model lacks " + name);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
