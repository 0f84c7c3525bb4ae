package dev.quartet.bootstrap;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Everything a proxy must know before it can ask. Immutable; refuses at construction what could not work, by [IllegalArgumentException] with the field's name.
///
/// Names may be `$(VAR)` where Kubernetes expands the container's arguments.
///
/// @param admin Envoy's admin address: loopback only, it has no login
/// @param status readiness, `/stats/prometheus` and the application's probes: plain HTTP, outside of what is captured
/// @param pilot ADS over mTLS
/// @param citadel SDS; TLS with a bearer token
/// @param metadata what Pilot is told beside: `HTTP10`, `IDLE_TIMEOUT`
public record BootstrapSpec(
        Role role,
        Workload workload,
        Traffic traffic,
        Address admin,
        Address status,
        Server pilot,
        Server citadel,
        TrustFiles trust,
        Process process,
        List<AppProbe> probes,
        SortedMap<String, String> metadata) {
    /// Without probes of the application, and nothing beside to tell.
    public BootstrapSpec(
            Role role,
            Workload workload,
            Traffic traffic,
            Address admin,
            Address status,
            Server pilot,
            Server citadel,
            TrustFiles trust,
            Process process) {
        this(
                role,
                workload,
                traffic,
                admin,
                status,
                pilot,
                citadel,
                trust,
                process,
                List.of(),
                new TreeMap<>());
    }

    public enum Role {
        SIDECAR("sidecar"),
        GATEWAY("router");

        private final String nodeType;

        Role(String nodeType) {
            this.nodeType = nodeType;
        }

        /// First part of the node id, in Istio's words.
        public String nodeType() {
            return nodeType;
        }
    }

    /// Who the proxy works for.
    /// @param instance the pod, or in local mode `<workload>-<n>`; unique in its namespace
    /// @param ips the first is the one in the node id
    /// @param autoRegisterGroup WorkloadGroup that registers the workload while the proxy is connected; null for workloads known otherwise
    public record Workload(
            String name,
            String namespace,
            String serviceAccount,
            String instance,
            List<String> ips,
            SortedMap<String, String> labels,
            @Nullable String autoRegisterGroup,
            String meshId) {
        public Workload {
            require("workload name", name);
            require("namespace", namespace);
            require("service account", serviceAccount);
            require("instance", instance);
            require("mesh id", meshId);
            if (ips.isEmpty()) {
                throw new IllegalArgumentException("a proxy needs at least one IP address");
            }
            ips.forEach(ip -> require("ip", ip));
            ips = List.copyOf(ips);
            labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
        }

        public Workload(
                String name,
                String namespace,
                String serviceAccount,
                String instance,
                List<String> ips,
                Map<String, String> labels,
                @Nullable String autoRegisterGroup) {
            this(
                    name,
                    namespace,
                    serviceAccount,
                    instance,
                    ips,
                    new TreeMap<>(labels),
                    autoRegisterGroup,
                    "cluster.local");
        }
    }

    /// How the application's traffic reaches the proxy.
    public sealed interface Traffic {
        /// iptables send it (15001 outbound, 15006 inbound).
        record Redirect() implements Traffic {}

        /// It is addressed to the proxy: listeners stand on the workload's own address.
        /// @param httpProxyPort where the application's `http_proxy` points; null for gateways
        /// @param appEndpoints service port → where the application really listens, `127.0.0.1:19081`
        record Explicit(@Nullable Integer httpProxyPort, SortedMap<Integer, Address> appEndpoints)
                implements Traffic {
            public Explicit {
                appEndpoints = Collections.unmodifiableSortedMap(new TreeMap<>(appEndpoints));
            }

            public Explicit(@Nullable Integer httpProxyPort, Map<Integer, Address> appEndpoints) {
                this(httpProxyPort, new TreeMap<>(appEndpoints));
            }
        }
    }

    public record Address(String host, int port) {
        public Address {
            require("host", host);
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException(
                        "%d is not a port (host %s)".formatted(port, host));
            }
        }

        @Override
        public String toString() {
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /// @param spiffeId the only identity its certificate may carry
    public record Server(Address address, String spiffeId) {
        public Server {
            if (!spiffeId.startsWith("spiffe://")) {
                throw new IllegalArgumentException(
                        "\"%s\" is not a SPIFFE id; it must look like spiffe://cluster.local/ns/istio-system/sa/…"
                                .formatted(spiffeId));
            }
        }
    }

    /// What the proxy trusts and is trusted by, until it has a certificate. Token and root may appear, and change, later (by rename: a file written in place is not seen); the two source files must exist
    /// before Envoy starts, with the content of [TrustFiles#tokenSourceJson()] and [TrustFiles#rootSourceJson()].
    ///
    /// Envoy reloads a secret from files only when the secret itself came from a file, hence the source files.
    public record TrustFiles(Path token, Path rootCertificate, Path tokenSource, Path rootSource) {

        /// All four in one folder: `token`, `root-cert.pem`, `token-sds.json`, `root-sds.json`.
        public static TrustFiles in(Path folder) {
            return new TrustFiles(
                    folder.resolve("token"),
                    folder.resolve("root-cert.pem"),
                    folder.resolve("token-sds.json"),
                    folder.resolve("root-sds.json"));
        }

        public String tokenSourceJson() {
            return SecretFiles.token(this);
        }

        public String rootSourceJson() {
            return SecretFiles.root(this);
        }
    }

    /// @param concurrency worker threads
    /// @param drainTime how long a listener that goes lets its connections end
    /// @param logLevel one of [#LOG_LEVELS]
    public record Process(int concurrency, Duration drainTime, String logLevel) {
        /// The words that Envoy knows.
        public static final List<String> LOG_LEVELS =
                List.of("trace", "debug", "info", "warning", "error", "critical", "off");

        public static final Process DEFAULT = new Process(1, Duration.ofSeconds(5), "warning");

        public Process {
            if (concurrency < 1) {
                throw new IllegalArgumentException(
                        "concurrency is %d; Envoy needs at least one worker"
                                .formatted(concurrency));
            }
            if (!LOG_LEVELS.contains(logLevel)) {
                throw new IllegalArgumentException(
                        "\"%s\" is not a log level of Envoy; use one of %s"
                                .formatted(logLevel, String.join(", ", LOG_LEVELS)));
            }
        }
    }

    private static final Pattern PEER_VALUE = Pattern.compile("[^;=\\p{Cntrl}]*");

    public BootstrapSpec {
        peerOf(workload); // refuses what would not survive the header
        probes = List.copyOf(probes);
        metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
    }

    /// `sidecar~10.0.0.7~storefront-v1-1.shop~shop.svc.cluster.local`.
    public String nodeId() {
        return String.join(
                "~",
                role.nodeType(),
                workload.ips().getFirst(),
                instanceName(),
                workload.namespace() + ".svc.cluster.local");
    }

    /// `<workload>.<namespace>`.
    public String nodeCluster() {
        return workload.name() + "." + workload.namespace();
    }

    /// What this proxy says of its workload in the header `x-quartet-peer`.
    public String peer() {
        return peerOf(workload);
    }

    private String instanceName() {
        return workload.instance() + "." + workload.namespace();
    }

    private static String peerOf(Workload workload) {
        var fields = new java.util.LinkedHashMap<String, @Nullable String>();
        fields.put("workload", workload.name());
        fields.put("namespace", workload.namespace());
        fields.put("app", workload.labels().get("app"));
        fields.put("version", workload.labels().get("version"));
        fields.put("service_account", workload.serviceAccount());
        fields.put("uid", workload.instance() + "." + workload.namespace());
        var peer = new StringBuilder();
        for (var field : fields.entrySet()) {
            String value = field.getValue();
            if (value == null || value.isEmpty()) {
                continue;
            }
            if (!PEER_VALUE.matcher(value).matches()) {
                throw new IllegalArgumentException(
                        "%s \"%s\" may not hold ; or = or control signs"
                                .formatted(field.getKey(), value));
            }
            peer.append(peer.isEmpty() ? "" : ";").append(field.getKey()).append('=').append(value);
        }
        return peer.toString();
    }

    private static void require(String what, String value) {
        if (value.isBlank() || value.contains("~")) {
            throw new IllegalArgumentException(
                    "%s \"%s\" is empty or holds a ~, which separates the parts of a node id"
                            .formatted(what, value));
        }
    }
}
