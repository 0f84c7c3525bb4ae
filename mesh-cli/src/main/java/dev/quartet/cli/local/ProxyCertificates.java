package dev.quartet.cli.local;

import dev.quartet.cli.print.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/// The certificates that the local mesh's proxies hold, as each Envoy's admin interface tells (`/certs`).
public record ProxyCertificates(String proxy, String identity, String notAfter) {
    /// One per proxy that answers.
    public static List<ProxyCertificates> of(MeshFile mesh) {
        var found = new ArrayList<ProxyCertificates>();
        if (mesh.bookshop()) {
            var admins = new LinkedHashMap<String, String>();
            admins.put(LocalPlan.GATEWAY, "127.0.0.1:" + mesh.port(Workload.ADMIN_PORT));
            Workload.BOOKSHOP.forEach(workload ->
                    admins.put(
                            workload.name(), mesh.address(workload) + ":" + Workload.ADMIN_PORT));
            admins.forEach((name, address) -> read(name, address).ifPresent(found::add));
        }
        return found;
    }

    private static Optional<ProxyCertificates> read(String proxy, String address) {
        for (var certificate :
                Json.lenient(Probe.get("http://" + address + "/certs").body())
                        .path("certificates")) {
            for (var chain : certificate.path("cert_chain")) {
                for (var name : chain.path("subject_alt_names")) {
                    var uri = name.path("uri").asString("");
                    if (uri.startsWith("spiffe://")) {
                        return Optional.of(
                                new ProxyCertificates(
                                        proxy, uri, chain.path("expiration_time").asString()));
                    }
                }
            }
        }
        return Optional.empty();
    }
}
