package dev.quartet.config.networking;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is spoken on a port. Istio reads the name in any case.
public enum Protocol {
    HTTP("HTTP", true),
    HTTP2("HTTP2", true),
    GRPC("GRPC", true),
    GRPC_WEB("GRPC-Web", true),
    HTTPS("HTTPS", false),
    TLS("TLS", false),
    TCP("TCP", false),
    UDP("UDP", false),
    MONGO("Mongo", false),
    REDIS("Redis", false),
    MYSQL("MySQL", false);

    private final String label;
    private final boolean http;

    Protocol(String label, boolean http) {
        this.label = label;
        this.http = http;
    }

    /// The name as users write it.
    public String label() {
        return label;
    }

    /// Whether requests can be read without ending TLS first.
    public boolean isHttp() {
        return http;
    }

    /// What a port speaks: as the user says it (`protocol` of a ServiceEntry, `appProtocol` of a Service) or, where nothing
    /// is said, as its name begins: `http-admin`. Empty when neither says one that is known.
    public static Optional<Protocol> ofPort(String name, @Nullable String said) {
        if (said == null || said.isEmpty()) {
            var lower = name.toLowerCase(Locale.ROOT);
            if (lower.equals("grpc-web") || lower.startsWith("grpc-web-")) {
                return Optional.of(GRPC_WEB);
            }
            int dash = lower.indexOf('-');
            return parse(dash < 0 ? lower : lower.substring(0, dash));
        }
        return switch (said) {
            // Kubernetes' own names, KEP-3726
            case "kubernetes.io/h2c" -> Optional.of(HTTP2);
            case "kubernetes.io/ws" -> Optional.of(HTTP);
            case "kubernetes.io/wss" -> Optional.of(HTTPS);
            default -> parse(said);
        };
    }

    public static Optional<Protocol> parse(String text) {
        for (var protocol : values()) {
            if (protocol.label.equalsIgnoreCase(text)) {
                return Optional.of(protocol);
            }
        }
        return Optional.empty();
    }
}
