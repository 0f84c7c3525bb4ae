package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.ServiceEntry;
import java.util.Set;

/// TCP services without an address. HTTP and TLS say a host's name; of a TCP connection there is the address alone.
final class TcpAddresses implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.ADDRESS_REQUIRED);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var entry : scene.all(ServiceEntry.class)) {
            var ports = entry.spec().ports();
            if (!entry.spec().addresses().isEmpty()) {
                continue;
            }
            for (int i = 0; i < ports.size(); i++) {
                var port = ports.get(i);
                var protocol = Protocol.ofPort(port.name(), port.protocol()).orElse(Protocol.TCP);
                if (!saysHost(protocol)) {
                    problems.add(
                            Reason.ADDRESS_REQUIRED,
                            entry,
                            FieldPath.SPEC.field("ports").index(i),
                            protocol.label()
                                    + " says no host, so nothing tells this service from others on port "
                                    + port.number(),
                            "add addresses, or a protocol that says a host");
                }
            }
        }
    }

    private static boolean saysHost(Protocol protocol) {
        return switch (protocol) {
            case HTTP, HTTP2, GRPC, GRPC_WEB, HTTPS, TLS -> true;
            case UDP -> true; // it is not carried by proxies at all
            case TCP, MONGO, REDIS, MYSQL -> false;
        };
    }
}
