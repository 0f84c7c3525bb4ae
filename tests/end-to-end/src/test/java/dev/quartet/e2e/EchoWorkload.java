package dev.quartet.e2e;

import dev.quartet.bootstrap.BootstrapSpec;
import dev.quartet.bootstrap.BootstrapSpec.Address;
import dev.quartet.bootstrap.BootstrapSpec.Process;
import dev.quartet.bootstrap.BootstrapSpec.Role;
import dev.quartet.bootstrap.BootstrapSpec.Server;
import dev.quartet.bootstrap.BootstrapSpec.Traffic;
import dev.quartet.bootstrap.BootstrapSpec.TrustFiles;
import dev.quartet.bootstrap.BootstrapSpec.Workload;
import dev.quartet.bootstrap.BootstrapWriter;
import dev.quartet.identity.SpiffeId;
import dev.quartet.testkit.EnvoyProcess;
import dev.quartet.testkit.FreePorts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The workload `orders-v1` of namespace `shop`, beside what the mesh has: an application that echoes, and a sidecar before it.
final class EchoWorkload implements AutoCloseable {
    static final String HOST = "orders.shop.svc.cluster.local";

    private final EchoServer application = new EchoServer();
    private final List<Integer> ports = FreePorts.several(4);
    private final BootstrapSpec spec;
    private @Nullable EnvoyProcess sidecar;

    /// @param account of namespace `shop`, whose token it has
    /// @param trust what `citadel init-trust` has filled
    EchoWorkload(String account, Path trust, int pilotPort, int citadelPort) {
        spec =
                new BootstrapSpec(
                        Role.SIDECAR,
                        new Workload(
                                "orders-v1",
                                "shop",
                                account,
                                "orders-v1-1",
                                List.of("127.0.0.1"),
                                Map.of("app", "orders", "version", "v1"),
                                "orders-v1"),
                        new Traffic.Explicit(
                                ports.get(1), Map.of(ports.get(0), local(application.port()))),
                        local(ports.get(2)),
                        local(ports.get(3)),
                        new Server(local(pilotPort), SpiffeId.pilot("cluster.local").uri()),
                        new Server(local(citadelPort), SpiffeId.citadel("cluster.local").uri()),
                        TrustFiles.in(trust.resolve("shop").resolve(account)),
                        Process.DEFAULT);
    }

    /// What Galley has to know of it.
    String config() {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: ServiceEntry
        metadata: {name: orders, namespace: shop}
        spec:
          hosts: [%s]
          location: MESH_INTERNAL
          resolution: STATIC
          ports: [{number: %d, name: http, protocol: HTTP}]
          workloadSelector: {labels: {app: orders}}
        ---
        apiVersion: networking.istio.io/v1alpha3
        kind: WorkloadGroup
        metadata: {name: orders-v1, namespace: shop}
        spec:
          metadata: {labels: {app: orders, version: v1}}
          template:
            serviceAccount: %s
            ports: {http: %d}
        """
                .formatted(HOST, port(), spec.workload().serviceAccount(), port());
    }

    int port() {
        return ports.getFirst();
    }

    /// Where its sidecar takes requests.
    InetSocketAddress inbound() {
        return new InetSocketAddress("127.0.0.1", port());
    }

    void startSidecar() throws IOException {
        if (!Files.exists(
                spec.trust().tokenSource())) { // else another proxy of the account reads them
            Files.writeString(spec.trust().tokenSource(), spec.trust().tokenSourceJson());
            Files.writeString(spec.trust().rootSource(), spec.trust().rootSourceJson());
        }
        sidecar = EnvoyProcess.start(BootstrapWriter.prettyJson(spec));
    }

    EnvoyProcess sidecar() {
        var started = sidecar;
        if (started == null) {
            throw new IllegalStateException("the sidecar is not started");
        }
        return started;
    }

    void stopSidecar() {
        var started = sidecar;
        if (started != null) {
            started.close();
        }
        sidecar = null;
    }

    @Override
    public void close() {
        stopSidecar();
        application.close();
    }

    private static Address local(int port) {
        return new Address("127.0.0.1", port);
    }
}
