package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// When a Sidecar is right by itself. After Istio 1.4, `validation.go` `ValidateSidecar`.
public final class SidecarRules {
    private static final Pattern ENDPOINT =
            Pattern.compile("(|127\\.0\\.0\\.1|0\\.0\\.0\\.0|\\[::1]|\\[::]):([0-9]{1,5})");

    private SidecarRules() {}

    public static void check(Sidecar spec, Problems problems) {
        var root = FieldPath.SPEC;
        Values.selector(problems, root.field("workloadSelector"), spec.workloadSelector());
        if (spec.ingress().isEmpty()
                && spec.egress().isEmpty()
                && spec.outboundTrafficPolicy() == null
                && spec.inboundConnectionPool() == null) {
            problems.missing(
                    root.field("egress"),
                    "the sidecar has no settings",
                    "add egress, for example one listener with hosts: [\"./*\", \"istio-system/*\"]");
        }
        var ports = new HashSet<Integer>();
        for (int i = 0; i < spec.ingress().size(); i++) {
            ingress(spec.ingress().get(i), root.field("ingress").index(i), ports, problems);
        }
        egress(spec.egress(), root.field("egress"), problems);
        if (spec.outboundTrafficPolicy() != null) {
            outbound(spec.outboundTrafficPolicy(), root.field("outboundTrafficPolicy"), problems);
        }
        TrafficPolicyRules.connectionPool(
                spec.inboundConnectionPool(), root.field("inboundConnectionPool"), problems);
    }

    private static void ingress(
            Sidecar.IngressListener listener,
            FieldPath path,
            Set<Integer> ports,
            Problems problems) {
        port(listener.port(), path.field("port"), problems);
        var number = listener.port().number();
        if (number == null) {
            problems.missing(
                    path.field("port").field("number"), "the listener has no port", "add a number");
        } else {
            Values.port(problems, path.field("port").field("number"), number);
            if (!ports.add(number)) {
                twice(path, number, problems);
            }
        }
        bind(listener.bind(), path.field("bind"), problems);
        endpoint(listener.defaultEndpoint(), path.field("defaultEndpoint"), problems);
        if (listener.tls() != null) {
            IngressTlsRules.check(listener.tls(), listener.port(), path.field("tls"), problems);
        }
        TrafficPolicyRules.connectionPool(
                listener.connectionPool(), path.field("connectionPool"), problems);
    }

    private static void port(Sidecar.SidecarPort port, FieldPath path, Problems problems) {
        ServiceEntryRules.protocol(port.protocol(), path.field("protocol"), problems);
        Values.dnsLabel(problems, path.field("name"), port.name());
        if (port.targetPort() != null) {
            problems.invalid(
                    path.field("targetPort"),
                    "targetPort says nothing in a Sidecar",
                    "take it out; the application's port stands in defaultEndpoint");
        }
    }

    private static void twice(FieldPath path, int number, Problems problems) {
        problems.invalid(
                path.field("port").field("number"),
                "there are two listeners for port " + number,
                "put them into one");
    }

    private static void bind(@Nullable String bind, FieldPath path, Problems problems) {
        if (bind != null && !bind.isEmpty() && !Values.isIpAddress(bind)) {
            problems.invalid(
                    path, quoted(bind) + " is no IP address", "write one, or leave it out");
        }
    }

    private static void endpoint(@Nullable String endpoint, FieldPath path, Problems problems) {
        if (endpoint == null || endpoint.isEmpty()) {
            return;
        }
        if (WorkloadRules.isSocketFile(endpoint)) {
            WorkloadRules.socketFile(endpoint, path, problems);
            return;
        }
        var matcher = ENDPOINT.matcher(endpoint);
        if (!matcher.matches()) {
            problems.invalid(
                    path,
                    quoted(endpoint) + " is no place where the application can be",
                    "write 127.0.0.1:port, 0.0.0.0:port, [::1]:port, :port or unix:///path");
        } else {
            Values.port(problems, path, Integer.valueOf(matcher.group(2)));
        }
    }

    private static void egress(
            List<Sidecar.EgressListener> listeners, FieldPath root, Problems problems) {
        var ports = new HashSet<Integer>();
        var sockets = new HashSet<String>();
        for (int i = 0; i < listeners.size(); i++) {
            var listener = listeners.get(i);
            var path = root.index(i);
            if (listener.port() == null) {
                if (i < listeners.size() - 1) {
                    problems.invalid(
                            path,
                            "a listener without port takes everything, those behind it nothing",
                            "make it the last one, and the only one");
                }
            } else {
                egressPort(listener, listener.port(), path, problems);
                var number = listener.port().number() == null ? 0 : listener.port().number();
                if (number != 0 && !ports.add(number)) {
                    twice(path, number, problems);
                }
                if (number == 0 && listener.bind() != null && !sockets.add(listener.bind())) {
                    problems.invalid(
                            path.field("bind"),
                            "there are two listeners on " + quoted(listener.bind()),
                            "put them into one");
                }
            }
            for (int j = 0; j < listener.hosts().size(); j++) {
                NamespacedHost.ofSidecar(
                        listener.hosts().get(j), path.field("hosts").index(j), problems);
            }
        }
    }

    private static void egressPort(
            Sidecar.EgressListener listener,
            Sidecar.SidecarPort port,
            FieldPath path,
            Problems problems) {
        port(port, path.field("port"), problems);
        if (port.number() != null && port.number() != 0) {
            Values.port(problems, path.field("port").field("number"), port.number());
            bind(listener.bind(), path.field("bind"), problems);
            return;
        }
        if (listener.bind() == null || !WorkloadRules.isSocketFile(listener.bind())) {
            problems.invalid(
                    path.field("bind"),
                    "a listener without a port number is on a socket file",
                    "write bind: unix:///path, or a port number");
        } else {
            WorkloadRules.socketFile(listener.bind(), path.field("bind"), problems);
        }
        if (listener.captureMode() == Sidecar.CaptureMode.IPTABLES) {
            problems.conflict(
                    path.field("captureMode"),
                    "iptables cannot capture a socket file",
                    "write NONE, or leave it out");
        }
    }

    private static void outbound(
            Sidecar.OutboundTrafficPolicy policy, FieldPath path, Problems problems) {
        var proxy = policy.egressProxy();
        if (proxy == null) {
            return;
        }
        var inner = path.field("egressProxy");
        if (policy.mode() != Sidecar.OutboundTrafficPolicy.Mode.ALLOW_ANY) {
            problems.conflict(
                    inner,
                    "what is unknown goes nowhere with REGISTRY_ONLY",
                    "write mode: ALLOW_ANY, or take egressProxy out");
        }
        RouteTargets.destination(proxy, inner, problems);
        if (Values.isWildcard(proxy.host())) {
            problems.invalid(
                    inner.field("host"), "the proxy is one service", "write its full name");
        }
        if (proxy.port() == null) {
            problems.missing(inner.field("port"), "the proxy has no port", "add port.number");
        }
    }
}
