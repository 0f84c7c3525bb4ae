package dev.quartet.cli.local;

import dev.quartet.bootstrap.BootstrapSpec;
import dev.quartet.bootstrap.BootstrapSpec.Address;
import dev.quartet.bootstrap.BootstrapSpec.Process;
import dev.quartet.bootstrap.BootstrapSpec.Role;
import dev.quartet.bootstrap.BootstrapSpec.Server;
import dev.quartet.bootstrap.BootstrapSpec.Traffic;
import dev.quartet.bootstrap.BootstrapSpec.TrustFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One Envoy of a local mesh: the gateway, or the sidecar of a workload.
///
/// @param name of its process
/// @param bootstrap the file that it starts with
/// @param serves where it takes requests
record LocalProxy(String name, BootstrapSpec spec, Path bootstrap, List<Address> serves) {
    static final String GATEWAY = "ingressgateway";
    static final String GATEWAY_ACCOUNT = "istio-ingressgateway-service-account";
    private static final String CONTROL_PLANE =
            "spiffe://cluster.local/ns/" + ControlService.NAMESPACE + "/sa/";

    LocalProxy {
        serves = List.copyOf(serves);
    }

    /// The gateway first; none where there is no bookshop.
    static List<LocalProxy> of(Home home, MeshFile mesh) {
        var proxies = new ArrayList<LocalProxy>();
        if (mesh.bookshop()) {
            proxies.add(gateway(home, mesh));
            Workload.BOOKSHOP.forEach(workload -> proxies.add(sidecar(home, mesh, workload)));
        }
        return proxies;
    }

    private static LocalProxy sidecar(Home home, MeshFile mesh, Workload workload) {
        var address = mesh.address(workload);
        var application = new Address("127.0.0.1", mesh.appPort(workload));
        return of(
                "proxy-" + workload.name(),
                home,
                mesh,
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
                new Address(address, Workload.STATUS_PORT),
                List.of(
                        new Address(address, Workload.SERVICE_PORT),
                        new Address(address, Workload.HTTP_PROXY_PORT)));
    }

    private static LocalProxy gateway(Home home, MeshFile mesh) {
        return of(
                GATEWAY,
                home,
                mesh,
                Role.GATEWAY,
                new BootstrapSpec.Workload(
                        GATEWAY,
                        ControlService.NAMESPACE,
                        GATEWAY_ACCOUNT,
                        GATEWAY + "-1",
                        List.of("127.0.0.1"),
                        Map.of("app", GATEWAY, "istio", GATEWAY),
                        GATEWAY),
                new Traffic.Explicit(null, Map.of()),
                local(mesh, Workload.ADMIN_PORT),
                local(mesh, Workload.STATUS_PORT),
                List.of(local(mesh, LocalPlan.GATEWAY_PORT)));
    }

    private static LocalProxy of(
            String name,
            Home home,
            MeshFile mesh,
            Role role,
            BootstrapSpec.Workload workload,
            Traffic traffic,
            Address admin,
            Address status,
            List<Address> serves) {
        return new LocalProxy(
                name,
                new BootstrapSpec(
                        role,
                        workload,
                        traffic,
                        admin,
                        status,
                        server(mesh, 15011, ControlService.PILOT),
                        server(mesh, 8060, ControlService.CITADEL),
                        TrustFiles.in(home.trust(workload.namespace(), workload.serviceAccount())),
                        Process.DEFAULT),
                home.proxy(name).resolve("bootstrap.json"),
                serves);
    }

    private static Server server(MeshFile mesh, int port, ControlService service) {
        return new Server(local(mesh, port), CONTROL_PLANE + service.serviceAccount());
    }

    private static Address local(MeshFile mesh, int port) {
        return new Address("127.0.0.1", mesh.port(port));
    }
}
