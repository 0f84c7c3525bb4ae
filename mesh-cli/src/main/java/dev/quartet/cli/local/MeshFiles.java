package dev.quartet.cli.local;

import dev.quartet.bootstrap.BootstrapSpec;
import dev.quartet.bootstrap.BootstrapSpec.Address;
import dev.quartet.bootstrap.BootstrapSpec.Role;
import dev.quartet.bootstrap.BootstrapSpec.Server;
import dev.quartet.bootstrap.BootstrapSpec.Traffic;
import dev.quartet.bootstrap.BootstrapSpec.TrustFiles;
import dev.quartet.bootstrap.BootstrapWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/// The files that the mesh's processes read: the bookshop's config, a bootstrap for each proxy, Prometheus's settings.
final class MeshFiles {
    private static final String TRUST_DOMAIN =
            "spiffe://cluster.local/ns/" + ControlService.NAMESPACE + "/sa/";

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
            for (var workload : Workload.BOOKSHOP) {
                proxy("proxy-" + workload.name(), sidecar(workload));
            }
            proxy(LocalPlan.GATEWAY, gateway());
        } else {
            Files.deleteIfExists(config);
        }
        if (!mesh.prometheus().isEmpty()) {
            replace(
                    home.folder().resolve("prometheus/prometheus.yml"),
                    PrometheusConfig.yaml(mesh));
        }
    }

    /// Envoy's arguments beside its bootstrap; the same for every proxy here.
    static List<String> envoyArguments() {
        var process = BootstrapSpec.Process.DEFAULT;
        return List.of(
                "--disable-hot-restart",
                "--concurrency",
                Integer.toString(process.concurrency()),
                "--drain-time-s",
                Long.toString(process.drainTime().toSeconds()),
                "--drain-strategy",
                "immediate",
                "--log-level",
                process.logLevel());
    }

    private void proxy(String name, BootstrapSpec spec) throws IOException {
        replace(LocalPlan.bootstrap(home, name), BootstrapWriter.prettyJson(spec));
        replace(spec.trust().tokenSource(), spec.trust().tokenSourceJson());
        replace(spec.trust().rootSource(), spec.trust().rootSourceJson());
    }

    private BootstrapSpec sidecar(Workload workload) {
        var address = mesh.address(workload);
        var application =
                new Address("127.0.0.1", mesh.appPorts().getOrDefault(workload.name(), 0));
        return spec(
                Role.SIDECAR,
                new BootstrapSpec.Workload(
                        workload.name(),
                        Workload.NAMESPACE,
                        workload.serviceAccount(),
                        workload.instance(),
                        List.of(address),
                        Map.of("app", workload.app(), "version", workload.version()),
                        workload.name()),
                new Traffic.Explicit(
                        Workload.HTTP_PROXY_PORT, Map.of(Workload.SERVICE_PORT, application)),
                new Address(address, Workload.ADMIN_PORT),
                new Address(address, Workload.STATUS_PORT));
    }

    private BootstrapSpec gateway() {
        return spec(
                Role.GATEWAY,
                new BootstrapSpec.Workload(
                        LocalPlan.GATEWAY,
                        ControlService.NAMESPACE,
                        LocalPlan.GATEWAY_ACCOUNT,
                        LocalPlan.GATEWAY + "-1",
                        List.of("127.0.0.1"),
                        Map.of("app", LocalPlan.GATEWAY, "istio", LocalPlan.GATEWAY),
                        LocalPlan.GATEWAY),
                new Traffic.Explicit(null, Map.of()),
                new Address("127.0.0.1", mesh.port(Workload.ADMIN_PORT)),
                new Address("127.0.0.1", mesh.port(Workload.STATUS_PORT)));
    }

    private BootstrapSpec spec(
            Role role,
            BootstrapSpec.Workload workload,
            Traffic traffic,
            Address admin,
            Address status) {
        return new BootstrapSpec(
                role,
                workload,
                traffic,
                admin,
                status,
                server(15011, ControlService.PILOT),
                server(8060, ControlService.CITADEL),
                TrustFiles.in(home.trust(workload.namespace(), workload.serviceAccount())),
                BootstrapSpec.Process.DEFAULT);
    }

    private Server server(int port, ControlService service) {
        return new Server(
                new Address("127.0.0.1", mesh.port(port)), TRUST_DOMAIN + service.serviceAccount());
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
