package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.schema.Names;
import java.util.HashSet;
import org.jspecify.annotations.Nullable;

/// When a Gateway is right by itself. After Istio 1.4, `validation.go` `ValidateGateway`.
public final class GatewayRules {
    private GatewayRules() {}

    public static void check(Gateway spec, Problems problems) {
        var root = FieldPath.SPEC;
        if (!Names.isDnsLabel(problems.resource().name())) {
            problems.invalid(
                    FieldPath.METADATA.field("name"),
                    quoted(problems.resource().name()) + " is no name for a Gateway",
                    "use lower-case letters, digits and -, up to 63 of them");
        }
        Values.labels(problems, root.field("selector"), spec.selector());
        var names = new HashSet<String>();
        for (int i = 0; i < spec.servers().size(); i++) {
            var server = spec.servers().get(i);
            var path = root.field("servers").index(i);
            port(server, path, problems);
            if (!names.add(server.port().name())) {
                problems.invalid(
                        path.field("port").field("name"),
                        "two ports are called " + quoted(server.port().name()),
                        "rename one of them");
            }
            for (int j = 0; j < server.hosts().size(); j++) {
                NamespacedHost.ofGateway(
                        server.hosts().get(j), path.field("hosts").index(j), problems);
            }
        }
    }

    private static void port(Gateway.Server server, FieldPath path, Problems problems) {
        var port = server.port();
        var inner = path.field("port");
        if (!isSocketFile(server.bind()) || port.number() != 0) {
            Values.port(problems, inner.field("number"), port.number());
        }
        bind(server.bind(), path.field("bind"), problems);
        Values.port(problems, inner.field("targetPort"), port.targetPort());
        ServiceEntryRules.protocol(port.protocol(), inner.field("protocol"), problems);
        var protocol = Protocol.parse(port.protocol()).orElse(null);
        if (protocol == null) {
            return;
        }
        var needsTls = protocol == Protocol.HTTPS || protocol == Protocol.TLS;
        var tls = server.tls();
        if (needsTls && tls == null) {
            problems.missing(
                    path.field("tls"),
                    protocol.label() + " needs TLS settings",
                    "add tls, with a mode");
        }
        if (!needsTls && tls != null && !(protocol.isHttp() && onlyRedirects(tls))) {
            problems.conflict(
                    path.field("tls"),
                    "a " + protocol.label() + " port has no TLS",
                    "write protocol: HTTPS, or take tls out");
        }
        if (tls != null) {
            ServerTlsRules.check(tls, path.field("tls"), problems);
        }
        if (protocol == Protocol.UDP) {
            problems.invalid(
                    inner.field("protocol"),
                    "gateways open no UDP ports",
                    "write one of HTTP, HTTPS, HTTP2, GRPC, TLS, TCP, Mongo");
        }
    }

    private static boolean isSocketFile(@Nullable String bind) {
        return bind != null && bind.startsWith("unix://");
    }

    private static void bind(@Nullable String bind, FieldPath path, Problems problems) {
        if (bind != null
                && !bind.isEmpty()
                && !Values.isIpAddress(bind)
                && !(isSocketFile(bind) && bind.length() > "unix://".length())) {
            problems.invalid(
                    path,
                    quoted(bind) + " is no address",
                    "write an IP address of the gateway's workload, or unix:///path; left out, it is the gateway's own");
        }
    }

    /// A plaintext port may send everyone to HTTPS.
    private static boolean onlyRedirects(Gateway.ServerTlsSettings tls) {
        return (tls.mode() == null || tls.mode() == Gateway.Mode.PASSTHROUGH)
                && !ServerTlsRules.hasCredentials(tls);
    }
}
