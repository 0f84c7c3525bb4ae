package dev.quartet.bootstrap;

import dev.quartet.bootstrap.AppProbe.Check;
import dev.quartet.bootstrap.BootstrapSpec.Address;
import dev.quartet.bootstrap.BootstrapSpec.Role;
import dev.quartet.bootstrap.BootstrapSpec.Server;
import dev.quartet.bootstrap.BootstrapSpec.Traffic;
import dev.quartet.bootstrap.BootstrapSpec.TrustFiles;
import dev.quartet.bootstrap.BootstrapSpec.Workload;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The proxies the golden files show, one per way to run.
final class Specs {
    static final Path FOLDER = Path.of("/etc/istio/proxy");
    private static final String CONTROL_PLANE = "spiffe://cluster.local/ns/istio-system/sa/";

    private Specs() {}

    static Map<String, BootstrapSpec> all() {
        return Map.of(
                "local-sidecar",
                localSidecar(),
                "local-gateway",
                localGateway(),
                "kubernetes-sidecar",
                kubernetesSidecar());
    }

    static BootstrapSpec localSidecar() {
        return new BootstrapSpec(
                Role.SIDECAR,
                new Workload(
                        "reviews-v1",
                        "shop",
                        "reviews",
                        "reviews-v1-1",
                        List.of("127.1.0.4"),
                        Map.of("version", "v1", "app", "reviews"),
                        "reviews-v1"),
                new Traffic.Explicit(15_002, Map.of(9080, new Address("127.0.0.1", 19_084))),
                new Address("127.1.0.4", 15_000),
                new Address("127.1.0.4", 15_020),
                new Server(
                        new Address("127.0.0.1", 15_011),
                        CONTROL_PLANE + "istio-pilot-service-account"),
                new Server(
                        new Address("127.0.0.1", 8060),
                        CONTROL_PLANE + "istio-citadel-service-account"),
                TrustFiles.in(FOLDER),
                BootstrapSpec.Process.DEFAULT);
    }

    static BootstrapSpec localGateway() {
        return new BootstrapSpec(
                Role.GATEWAY,
                new Workload(
                        "ingressgateway",
                        "istio-system",
                        "ingressgateway",
                        "ingressgateway-1",
                        List.of("127.0.0.1"),
                        Map.of("istio", "ingressgateway"),
                        null),
                new Traffic.Explicit(null, Map.of()),
                new Address("127.0.0.1", 15_000),
                new Address("127.0.0.1", 15_020),
                new Server(
                        new Address("127.0.0.1", 15_011),
                        CONTROL_PLANE + "istio-pilot-service-account"),
                new Server(
                        new Address("127.0.0.1", 8060),
                        CONTROL_PLANE + "istio-citadel-service-account"),
                TrustFiles.in(FOLDER),
                BootstrapSpec.Process.DEFAULT);
    }

    static BootstrapSpec kubernetesSidecar() {
        return new BootstrapSpec(
                Role.SIDECAR,
                new Workload(
                        "web",
                        "$(POD_NAMESPACE)",
                        "$(SERVICE_ACCOUNT)",
                        "$(POD_NAME)",
                        List.of("$(POD_IP)"),
                        Map.of("app", "web"),
                        null),
                new Traffic.Redirect(),
                new Address("127.0.0.1", 15_000),
                new Address("0.0.0.0", 15_020),
                new Server(
                        new Address("istio-pilot.istio-system.svc", 15_011),
                        CONTROL_PLANE + "istio-pilot-service-account"),
                new Server(
                        new Address("istio-citadel.istio-system.svc", 8060),
                        CONTROL_PLANE + "istio-citadel-service-account"),
                TrustFiles.in(FOLDER),
                new BootstrapSpec.Process(2, Duration.ofSeconds(5), "warning"),
                List.of(
                        probe(
                                "readyz",
                                8080,
                                new Check.Http(
                                        false,
                                        "/ready?deep=\\1&x=%41",
                                        "web.example",
                                        List.of(
                                                new AppProbe.Header("X-Probe", "100%"),
                                                new AppProbe.Header("X-Probe", "again"),
                                                new AppProbe.Header("Connection", "close")))),
                        probe("livez", 8443, new Check.Http(true, "/live", null, List.of())),
                        probe("startupz", 5432, new Check.Tcp()),
                        new AppProbe(
                                "/app-health/api/livez",
                                9090,
                                Duration.ofSeconds(20),
                                Duration.ofSeconds(3),
                                new Check.Grpc("shop.v1.Reviews"))),
                new TreeMap<>(Map.of("HTTP10", "1", "IDLE_TIMEOUT", "30s")));
    }

    private static AppProbe probe(String name, int port, Check check) {
        return new AppProbe(
                "/app-health/web/" + name,
                port,
                Duration.ofSeconds(10),
                Duration.ofSeconds(1),
                check);
    }
}
