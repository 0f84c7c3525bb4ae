package dev.quartet.pilot.discovery;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.util.ClassUtils;

/// What one kind of discovery client does in its own way. May block: used by the registry's own thread only, but for
/// [#trouble].
public interface Dialect {
    /// Of the registry: `eureka`, `consul`.
    String name();

    /// Whether an empty answer means that nothing is there, and not that nobody was asked yet.
    boolean hasAsked();

    /// Why what it answers may be old, though it answers. From any thread.
    Optional<String> trouble();

    /// @throws UnknownHostException when it has only a name and DNS does not know it
    String address(ServiceInstance instance) throws UnknownHostException;

    /// A client that asks its server each time, or needs none: an answer is an answer.
    static Dialect direct(DiscoveryClient client) {
        var type = ClassUtils.getUserClass(client).getSimpleName().replace("DiscoveryClient", "");
        var name = type.isEmpty() ? "discovery" : type.toLowerCase(Locale.ROOT);
        return new Dialect() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public boolean hasAsked() {
                return true;
            }

            @Override
            public Optional<String> trouble() {
                return Optional.empty();
            }

            @Override
            public String address(ServiceInstance instance) throws UnknownHostException {
                return InetAddress.getByName(instance.getHost()).getHostAddress();
            }
        };
    }
}
