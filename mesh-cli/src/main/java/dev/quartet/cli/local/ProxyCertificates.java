package dev.quartet.cli.local;

import dev.quartet.cli.print.Json;
import java.util.List;
import java.util.Optional;

/// The certificates that the local mesh's proxies hold, as each Envoy's admin interface tells (`/certs`).
public record ProxyCertificates(String proxy, String identity, String notAfter) {
    /// One per proxy that answers.
    public static List<ProxyCertificates> of(Home home, MeshFile mesh) {
        return LocalProxy.of(home, mesh).stream()
                .map(LocalProxy::spec)
                .flatMap(spec ->
                        read(spec.workload().name(), "http://" + spec.admin() + "/certs").stream())
                .toList();
    }

    private static Optional<ProxyCertificates> read(String proxy, String url) {
        for (var certificate : Json.lenient(Probe.get(url).body()).path("certificates")) {
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
