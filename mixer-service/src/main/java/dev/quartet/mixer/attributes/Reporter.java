package dev.quartet.mixer.attributes;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.quartet.identity.SpiffeId;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The proxy behind one access log stream, from the node that stands in the stream's first message. Immutable.
public final class Reporter {
    /// Which side of a request a proxy reports.
    public enum Side {
        /// `log_name: source`, the caller's proxy; `context.reporter.kind` is `outbound`.
        SOURCE("source", "outbound"),
        /// `log_name: destination`; `inbound`.
        DESTINATION("destination", "inbound");

        private final String logName;
        private final String kind;

        Side(String logName, String kind) {
            this.logName = logName;
            this.kind = kind;
        }

        String kind() {
            return kind;
        }
    }

    private final Side side;
    private final String nodeId;
    private final Workload workload;
    private final @Nullable Principal principal;
    private final @Nullable InetAddress ip;

    private Reporter(
            Side side,
            String nodeId,
            Workload workload,
            @Nullable Principal principal,
            @Nullable InetAddress ip) {
        this.side = side;
        this.nodeId = nodeId;
        this.workload = workload;
        this.principal = principal;
        this.ip = ip;
    }

    /// @param caller the identity in the certificate of the stream's connection; null on a plaintext connection
    /// @throws IllegalArgumentException when the log name is none of Quartet's, or the node claims another namespace or
    ///     service account than the certificate has
    public static Reporter of(String logName, Node node, @Nullable SpiffeId caller) {
        var side = side(logName);
        var metadata = node.getMetadata();
        var namespace = text(metadata, "NAMESPACE");
        var serviceAccount = text(metadata, "SERVICE_ACCOUNT");
        if (caller != null) {
            agree("NAMESPACE", namespace, caller.namespace(), node, caller);
            agree("SERVICE_ACCOUNT", serviceAccount, caller.serviceAccount(), node, caller);
            namespace = caller.namespace();
            serviceAccount = caller.serviceAccount();
        }
        var workload =
                new Workload(
                        text(metadata, "WORKLOAD_NAME"),
                        namespace,
                        serviceAccount,
                        uid(node, namespace),
                        labels(metadata));
        var principal = caller == null ? null : Principal.of(caller);
        return new Reporter(side, node.getId(), workload, principal, address(metadata));
    }

    public Side side() {
        return side;
    }

    public String nodeId() {
        return nodeId;
    }

    Workload workload() {
        return workload;
    }

    @Nullable Principal principal() {
        return principal;
    }

    @Nullable InetAddress ip() {
        return ip;
    }

    private static Side side(String logName) {
        for (var side : Side.values()) {
            if (side.logName.equals(logName)) {
                return side;
            }
        }
        throw new IllegalArgumentException(
                "log_name is \""
                        + printable(logName)
                        + "\"; Quartet's access logs are named source or destination");
    }

    private static void agree(
            String field, @Nullable String claimed, String certified, Node node, SpiffeId caller) {
        if (claimed != null && !claimed.equals(certified)) {
            throw new IllegalArgumentException(
                    "node "
                            + printable(node.getId())
                            + " claims "
                            + field
                            + " \""
                            + printable(claimed)
                            + "\", but its certificate is of "
                            + caller);
        }
    }

    /// `sidecar~10.0.0.1~reviews-v1-1.shop~shop.svc.cluster.local`: the third part names the instance.
    private static @Nullable String uid(Node node, @Nullable String namespace) {
        var parts = node.getId().split("~");
        return namespace != null && parts.length == 4 && parts[2].endsWith("." + namespace)
                ? parts[2]
                : null;
    }

    private static @Nullable InetAddress address(Struct metadata) {
        var addresses = text(metadata, "INSTANCE_IPS");
        return addresses == null ? null : AttributeText.ip(addresses.split(",")[0].strip());
    }

    private static Map<String, String> labels(Struct metadata) {
        var labels = new HashMap<String, String>();
        metadata.getFieldsOrDefault("LABELS", Value.getDefaultInstance())
                .getStructValue()
                .getFieldsMap()
                .forEach((label, value) -> {
                    if (AttributeText.present(value.getStringValue()) != null) {
                        labels.put(label, value.getStringValue());
                    }
                });
        return labels;
    }

    private static @Nullable String text(Struct metadata, String field) {
        return AttributeText.present(
                metadata.getFieldsOrDefault(field, Value.getDefaultInstance()).getStringValue());
    }

    private static String printable(String text) {
        var shown = text.length() > 200 ? text.substring(0, 200) + "…" : text;
        return shown.replaceAll("\\p{Cntrl}", "?");
    }

    @Override
    public String toString() {
        return side.logName + " " + printable(nodeId);
    }
}
