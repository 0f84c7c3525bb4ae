package dev.quartet.pilot.patch;

import com.google.protobuf.Message;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The messages of Envoy's API that this service has classes for. Thread-safe.
public final class EnvoyTypes {
    /// The start of a message's name to the Java package that its class is in.
    private static final Map<String, String> JAVA_PACKAGES =
            Map.of(
                    "envoy.", "io.envoyproxy.envoy.",
                    "google.protobuf.", "com.google.protobuf.",
                    "xds.", "com.github.xds.");

    private static final Map<String, Optional<Message>> KNOWN = new ConcurrentHashMap<>();

    private EnvoyTypes() {}

    /// @param url of an `Any`, `type.googleapis.com/envoy.config.core.v3.Node`
    /// @return the empty message
    public static Optional<Message> ofUrl(String url) {
        return KNOWN.computeIfAbsent(
                url.substring(url.lastIndexOf('/') + 1), EnvoyTypes::generated);
    }

    private static Optional<Message> generated(String name) {
        for (var entry : JAVA_PACKAGES.entrySet()) {
            if (name.startsWith(entry.getKey())) {
                var type = entry.getValue() + name.substring(entry.getKey().length());
                try {
                    return Optional.of(
                            (Message)
                                    Class.forName(type)
                                            .getMethod("getDefaultInstance")
                                            .invoke(null));
                } catch (ReflectiveOperationException _) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }
}
