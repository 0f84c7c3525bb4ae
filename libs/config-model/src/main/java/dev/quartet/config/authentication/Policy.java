package dev.quartet.config.authentication;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.OneOf;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What callers of services must prove (Istio 1.4 `authentication/v1alpha1/policy.proto`). The policy `default` holds for its
/// namespace, another one for its targets.
///
/// @param peers how the calling workload proves what it is; any one is enough
/// @param origins how the end user does
/// @param peerIsOptional whether a caller without a proof passes
/// @param originIsOptional whether a request without a token passes; a bad token is refused all the same
/// @param principalBinding whose name the request carries on
public record Policy(
        List<Target> targets,
        List<PeerMethod> peers,
        boolean peerIsOptional,
        List<OriginMethod> origins,
        boolean originIsOptional,
        @Nullable PrincipalBinding principalBinding)
        implements Spec {
    public Policy {
        targets = List.copyOf(targets);
        peers = List.copyOf(peers);
        origins = List.copyOf(origins);
    }

    /// A service of the policy's namespace.
    ///
    /// @param name its short name
    /// @param ports of the service; all when left out
    public record Target(
            @Required String name, Map<String, String> labels, List<PolicyPort> ports) {
        public Target {
            labels = SortedMaps.copyOf(labels);
            ports = List.copyOf(ports);
        }
    }

    public record PolicyPort(
            @OneOf("port") @Nullable Integer number, @OneOf("port") @Nullable String name) {
        /// Whether a service's port is meant.
        public boolean means(int servicePort, String portName) {
            return name != null ? name.equals(portName) : number != null && number == servicePort;
        }
    }

    /// Unset is `USE_PEER`.
    public enum PrincipalBinding {
        USE_PEER,
        USE_ORIGIN
    }
}
