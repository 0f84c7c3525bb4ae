package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.listed;
import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.networking.ServiceEntry.Resolution;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// When a ServiceEntry is right by itself. After Istio 1.4, `validation.go` `ValidateServiceEntry`.
public final class ServiceEntryRules {
    private ServiceEntryRules() {}

    public static void check(ServiceEntry spec, Problems problems) {
        var root = FieldPath.SPEC;
        var seen = new HashSet<String>();
        for (int i = 0; i < spec.hosts().size(); i++) {
            var host = spec.hosts().get(i).toLowerCase(Locale.ROOT);
            var path = root.field("hosts").index(i);
            if (host.equals("*")) {
                problems.invalid(
                        path, "the host * would be every service there is", "name the service");
            } else if (!Values.isHost(host)) {
                problems.invalid(
                        path, quoted(host) + " is no host", "write a name like a.example.org");
            } else if (!seen.add(host)) {
                problems.invalid(
                        path,
                        "the host " + quoted(host) + " stands here twice",
                        "keep one of them");
            }
        }
        for (int i = 0; i < spec.addresses().size(); i++) {
            Values.subnet(problems, root.field("addresses").index(i), spec.addresses().get(i));
        }
        ExportTo.check(spec.exportTo(), true, problems);
        ports(spec, root.field("ports"), problems);
        hostsOnPorts(spec, root, problems);
        Values.selector(problems, root.field("workloadSelector"), spec.workloadSelector());
        if (spec.workloadSelector() != null && !spec.endpoints().isEmpty()) {
            problems.conflict(
                    root, "workloadSelector and endpoints exclude each other", "keep one of them");
        }
        resolution(spec, root, problems);
        subnets(spec, root, problems);
        var ports = new LinkedHashSet<String>();
        spec.ports().forEach(port -> ports.add(port.name()));
        for (int i = 0; i < spec.endpoints().size(); i++) {
            endpoint(spec, ports, i, root.field("endpoints").index(i), problems);
        }
    }

    private static void ports(ServiceEntry spec, FieldPath path, Problems problems) {
        if (spec.ports().isEmpty()) {
            problems.missing(
                    path, "the service has no ports", "add one, with number, name and protocol");
        }
        var names = new HashSet<String>();
        var numbers = new HashSet<Integer>();
        for (int i = 0; i < spec.ports().size(); i++) {
            var port = spec.ports().get(i);
            var inner = path.index(i);
            Values.port(problems, inner.field("number"), port.number());
            Values.port(problems, inner.field("targetPort"), port.targetPort());
            Values.dnsLabel(problems, inner.field("name"), port.name());
            protocol(port.protocol(), inner.field("protocol"), problems);
            if (!numbers.add(port.number())) {
                problems.invalid(
                        inner.field("number"),
                        "port " + port.number() + " stands here twice",
                        "keep one of them");
            }
            if (!names.add(port.name())) {
                problems.invalid(
                        inner.field("name"),
                        "two ports are called " + quoted(port.name()),
                        "rename one of them");
            }
        }
    }

    /// Ports whose protocol has no name of the server in it.
    private static void nameless(
            ServiceEntry spec, FieldPath root, Problems problems, String fault, String fix) {
        for (int i = 0; i < spec.ports().size(); i++) {
            var name = spec.ports().get(i).protocol();
            var protocol = name == null ? null : Protocol.parse(name).orElse(null);
            if (protocol == null
                    || !protocol.isHttp()
                            && protocol != Protocol.HTTPS
                            && protocol != Protocol.TLS) {
                problems.conflict(
                        root.field("ports").index(i),
                        (protocol == null ? "this protocol" : protocol.label()) + " " + fault,
                        fix);
            }
        }
    }

    /// HTTP tells hosts apart by their name, TLS by SNI; other protocols do not.
    private static void hostsOnPorts(ServiceEntry spec, FieldPath root, Problems problems) {
        if (spec.hosts().size() < 2
                || spec.resolution() == null
                || spec.resolution() == Resolution.NONE) {
            return;
        }
        nameless(
                spec,
                root,
                problems,
                "does not say which of several hosts is meant",
                "write a ServiceEntry for each host, or an HTTP or TLS protocol");
    }

    /// Also for gateways' ports.
    static void protocol(@Nullable String protocol, FieldPath path, Problems problems) {
        if (protocol != null && Protocol.parse(protocol).isEmpty()) {
            problems.invalid(
                    path,
                    quoted(protocol) + " is no protocol",
                    "write one of "
                            + Arrays.stream(Protocol.values())
                                    .map(Protocol::label)
                                    .collect(Collectors.joining(", ")));
        }
    }

    private static void resolution(ServiceEntry spec, FieldPath root, Problems problems) {
        var resolution = spec.resolution() == null ? Resolution.NONE : spec.resolution();
        switch (resolution) {
            case NONE -> {
                if (!spec.endpoints().isEmpty()) {
                    problems.conflict(
                            root.field("endpoints"),
                            "endpoints say nothing with resolution NONE",
                            "write resolution: STATIC");
                }
            }
            case STATIC -> {
                if (spec.endpoints().isEmpty() && spec.workloadSelector() == null) {
                    problems.missing(
                            root.field("endpoints"),
                            "resolution STATIC needs workloads",
                            "add endpoints or workloadSelector");
                }
            }
            case DYNAMIC_DNS -> byRequest(spec, root, problems);
            case DNS, DNS_ROUND_ROBIN -> {
                var wildcard = spec.hosts().stream().anyMatch(Values::isWildcard);
                if (wildcard && spec.endpoints().isEmpty()) {
                    problems.invalid(
                            root.field("hosts"),
                            "a wildcard cannot be looked up in DNS",
                            "add endpoints, or write full names");
                }
            }
        }
    }

    /// The request's own name says where it goes, so nothing else may.
    private static void byRequest(ServiceEntry spec, FieldPath root, Problems problems) {
        if (spec.location() == ServiceEntry.Location.MESH_INTERNAL) {
            problems.conflict(
                    root.field("location"),
                    "resolution DYNAMIC_DNS is for services outside of the mesh",
                    "write location: MESH_EXTERNAL, or resolution: DNS");
        }
        if (!spec.endpoints().isEmpty() || spec.workloadSelector() != null) {
            problems.conflict(
                    root,
                    "with resolution DYNAMIC_DNS the name that a request asks for is looked up, and no workload",
                    "take endpoints and workloadSelector out, or write resolution: DNS");
        }
        if (!spec.addresses().isEmpty()) {
            problems.conflict(
                    root.field("addresses"),
                    "with resolution DYNAMIC_DNS requests are told by their names",
                    "take addresses out");
        }
        nameless(
                spec,
                root,
                problems,
                "says no name that could be looked up",
                "write an HTTP protocol, HTTPS or TLS");
    }

    private static boolean isLookedUp(@Nullable Resolution resolution) {
        return resolution != null
                && resolution != Resolution.NONE
                && resolution != Resolution.STATIC;
    }

    private static void subnets(ServiceEntry spec, FieldPath root, Problems problems) {
        if (!isLookedUp(spec.resolution())) {
            return;
        }
        for (int i = 0; i < spec.addresses().size(); i++) {
            if (spec.addresses().get(i).indexOf('/') >= 0) {
                problems.conflict(
                        root.field("addresses").index(i),
                        "a subnet has no name to look up in DNS",
                        "write resolution: NONE or STATIC, or single addresses");
            }
        }
    }

    private static void endpoint(
            ServiceEntry spec, Set<String> ports, int index, FieldPath path, Problems problems) {
        var endpoint = spec.endpoints().get(index);
        WorkloadRules.check(endpoint, path, problems);
        var address = endpoint.address();
        if (address != null && WorkloadRules.isSocketFile(address) && spec.ports().size() != 1) {
            problems.conflict(
                    path.field("address"),
                    "a socket file takes one port, the service has " + spec.ports().size(),
                    "write a ServiceEntry for each port");
        }
        if (spec.resolution() == Resolution.STATIC
                && address != null
                && !Values.isIpAddress(address)
                && !WorkloadRules.isSocketFile(address)) {
            problems.invalid(
                    path.field("address"),
                    quoted(address) + " is no IP address",
                    "write an IP address, or use resolution: DNS");
        }
        if (isLookedUp(spec.resolution())
                && address != null
                && WorkloadRules.isSocketFile(address)) {
            problems.conflict(
                    path.field("address"),
                    "a socket file is not looked up in DNS",
                    "write resolution: STATIC");
        }
        for (var name : endpoint.ports().keySet()) {
            if (!ports.contains(name)) {
                problems.invalid(
                        path.field("ports").key(name),
                        "the service has no port " + quoted(name),
                        "use one of " + listed(ports));
            }
        }
    }
}
