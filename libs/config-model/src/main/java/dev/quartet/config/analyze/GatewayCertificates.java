package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.Gateway;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One certificate shown by several Gateways of the same workloads. A browser that has a connection for one host uses it for
/// every host of the certificate (RFC 9113, 9.1.1), also for one that another Gateway serves, and gets 404.
final class GatewayCertificates implements Analyzer {
    private record Certificate(Map<String, String> selector, String name) {}

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.SHARED_CERTIFICATE);
    }

    @Override
    public void look(Scene scene, Report problems) {
        var owners = new HashMap<Certificate, Of<Gateway>>();
        for (var gateway : scene.all(Gateway.class)) {
            var servers = gateway.spec().servers();
            for (int i = 0; i < servers.size(); i++) {
                var name = certificate(servers.get(i).tls());
                if (name.isEmpty()) {
                    continue;
                }
                var certificate = new Certificate(gateway.spec().selector(), name.get());
                var owner = owners.putIfAbsent(certificate, gateway);
                if (owner != null && owner != gateway) {
                    problems.add(
                            Reason.SHARED_CERTIFICATE,
                            gateway,
                            FieldPath.SPEC.field("servers").index(i).field("tls"),
                            owner.place() + " shows the same certificate to the same callers",
                            "put the servers into one Gateway, or give each its own certificate");
                }
            }
        }
    }

    private static Optional<String> certificate(Gateway.@Nullable ServerTlsSettings tls) {
        if (tls == null) {
            return Optional.empty();
        }
        var name = tls.credentialName() == null ? tls.serverCertificate() : tls.credentialName();
        return Optional.ofNullable(name).filter(it -> !it.isEmpty());
    }
}
