package dev.quartet.cli.local;

import dev.quartet.cli.print.Json;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// The certificates that the local mesh's proxies hold, as each Envoy's admin interface tells (`/certs`).
public record ProxyCertificates(String proxy, String identity, String notAfter) {
    private static final int TIMEOUT_MILLIS = 1000;

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

    private static java.util.Optional<ProxyCertificates> read(String proxy, String address) {
        try {
            var connection =
                    (HttpURLConnection)
                            URI.create("http://" + address + "/certs")
                                    .toURL()
                                    .openConnection(Proxy.NO_PROXY);
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            try (var in = connection.getInputStream()) {
                for (var certificate :
                        Json.lenient(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                                .path("certificates")) {
                    for (var chain : certificate.path("cert_chain")) {
                        for (var name : chain.path("subject_alt_names")) {
                            if (name.path("uri").asString("").startsWith("spiffe://")) {
                                return java.util.Optional.of(
                                        new ProxyCertificates(
                                                proxy,
                                                name.path("uri").asString(),
                                                chain.path("expiration_time").asString()));
                            }
                        }
                    }
                }
            }
        } catch (IOException _) {
            // it is down; its state says so
        }
        return java.util.Optional.empty();
    }
}
