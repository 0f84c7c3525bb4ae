package dev.quartet.cli.local;

import dev.quartet.bootstrap.BootstrapWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// The files that the mesh's processes read: the bookshop's config, a bootstrap for each proxy, Prometheus's settings.
final class MeshFiles {
    private final Home home;
    private final MeshFile mesh;

    MeshFiles(Home home, MeshFile mesh) {
        this.home = home;
        this.mesh = mesh;
    }

    void write() {
        try {
            writeAll();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot write the files of the mesh", failure);
        }
    }

    private void writeAll() throws IOException {
        var config = home.config().resolve("bookshop.yaml");
        if (mesh.bookshop()) {
            var text = Files.readString(home.root().resolve("samples/bookshop/bookshop.yaml"));
            // The gateway's port moves with all others.
            replace(
                    config,
                    text.replace(
                            "number: " + LocalPlan.GATEWAY_PORT,
                            "number: " + mesh.port(LocalPlan.GATEWAY_PORT)));
        } else {
            Files.deleteIfExists(config);
        }
        var proxies = LocalProxy.of(home, mesh);
        for (var proxy : proxies) {
            write(proxy);
        }
        if (!mesh.prometheus().isEmpty()) {
            replace(
                    home.folder().resolve("prometheus/prometheus.yml"),
                    PrometheusConfig.yaml(
                            mesh, proxies, home.root().resolve("dashboards/prometheus")));
        }
    }

    private static void write(LocalProxy proxy) throws IOException {
        var spec = proxy.spec();
        replace(proxy.bootstrap(), BootstrapWriter.prettyJson(spec));
        replace(spec.trust().tokenSource(), spec.trust().tokenSourceJson());
        replace(spec.trust().rootSource(), spec.trust().rootSourceJson());
    }

    /// By rename, and only when something changes: others watch these files.
    private static void replace(Path file, String text) throws IOException {
        if (Files.exists(file) && Files.readString(file).equals(text)) {
            return;
        }
        Files.createDirectories(file.getParent());
        var fresh = file.resolveSibling("." + file.getFileName() + ".new");
        Files.writeString(fresh, text);
        Files.move(
                fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
