package dev.quartet.e2e;

import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;

/// Config that is applied for one test and taken back at its end.
final class Applied implements AutoCloseable {
    private final MeshUnderTest mesh;
    private final String name;
    private final String yaml;

    private Applied(MeshUnderTest mesh, String name, String yaml) {
        this.mesh = mesh;
        this.name = name;
        this.yaml = yaml;
    }

    /// A file of the samples. Returns when it is in force on all proxies.
    static Applied sample(MeshUnderTest mesh, String file) {
        try {
            return text(
                    mesh,
                    file,
                    Files.readString(SourceTree.root().resolve("samples/bookshop").resolve(file)));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static Applied text(MeshUnderTest mesh, String name, String yaml) {
        mesh.applyText(name, yaml).orFail();
        return new Applied(mesh, name, yaml);
    }

    @Override
    public void close() {
        mesh.deleteText(name, yaml).orFail();
    }

    /// Takes back everything that was applied, whoever did it.
    static void clear(MeshUnderTest mesh) {
        if (mesh.json("galley", "/admin/v1/config") instanceof Map<?, ?> config
                && config.get("items") instanceof List<?> items) {
            for (var item : items) {
                if (item instanceof Map<?, ?> fields && "applied".equals(fields.get("origin"))) {
                    mesh.rest(
                            "galley",
                            "DELETE",
                            "/admin/v1/config/%s/%s/%s"
                                    .formatted(
                                            fields.get("kind"),
                                            fields.get("namespace"),
                                            fields.get("name")),
                            null);
                }
            }
        }
    }
}
