package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.schema.Names;
import java.util.Locale;

/// When a WorkloadEntry or a WorkloadGroup is right by itself. After Istio's `validation.go`
/// `ValidateWorkloadEntry`, `ValidateWorkloadGroup`.
public final class WorkloadRules {
    private static final String SOCKET_FILE = "unix://";

    private WorkloadRules() {}

    public static void check(WorkloadEntry spec, Problems problems) {
        check(spec, FieldPath.SPEC, problems);
    }

    static void check(WorkloadEntry spec, FieldPath path, Problems problems) {
        var address = spec.address();
        if (address == null || address.isEmpty()) {
            problems.missing(
                    path.field("address"),
                    "the workload has no address",
                    "add address, for example 10.1.2.3");
        } else if (isSocketFile(address)) {
            socketFile(address, path.field("address"), problems);
            if (!spec.ports().isEmpty()) {
                problems.conflict(
                        path.field("ports"), "a socket file has no ports", "take them out");
            }
        } else if (!Values.isIpAddress(address)
                && (looksLikeIp(address) || !Names.isDnsName(address.toLowerCase(Locale.ROOT)))) {
            problems.invalid(
                    path.field("address"),
                    quoted(address) + " is no address",
                    "write an IP address or a host's name");
        }
        rest(spec, path, problems);
    }

    public static void check(WorkloadGroup spec, Problems problems) {
        var root = FieldPath.SPEC;
        if (spec.metadata() != null) {
            Values.labels(
                    problems, root.field("metadata").field("labels"), spec.metadata().labels());
        }
        var template = root.field("template");
        if (spec.template().address() != null) {
            problems.invalid(
                    template.field("address"),
                    "each workload of a group has its own address",
                    "take it out");
        }
        rest(spec.template(), template, problems);
        if (spec.probe() != null) {
            probe(spec.probe(), root.field("probe"), problems);
        }
    }

    private static void rest(WorkloadEntry spec, FieldPath path, Problems problems) {
        spec.ports()
                .forEach((name, port) -> {
                    Values.dnsLabel(problems, path.field("ports").key(name), name);
                    Values.port(problems, path.field("ports").key(name), port);
                });
        Values.labels(problems, path.field("labels"), spec.labels());
        Values.notNegative(problems, path.field("weight"), spec.weight());
        LocalityRules.place(spec.locality(), path.field("locality"), problems);
        if (spec.serviceAccount() != null && !Names.isDnsName(spec.serviceAccount())) {
            problems.invalid(
                    path.field("serviceAccount"),
                    quoted(spec.serviceAccount()) + " is no service account",
                    "write its name alone, in lower-case letters, digits, - and .");
        }
    }

    private static void probe(ReadinessProbe probe, FieldPath path, Problems problems) {
        if (probe.httpGet() == null
                && probe.tcpSocket() == null
                && probe.exec() == null
                && probe.grpc() == null) {
            problems.missing(
                    path, "the probe does nothing", "add httpGet, tcpSocket, exec or grpc");
        }
        Values.notNegative(
                problems, path.field("initialDelaySeconds"), probe.initialDelaySeconds());
        Values.notNegative(problems, path.field("timeoutSeconds"), probe.timeoutSeconds());
        Values.notNegative(problems, path.field("periodSeconds"), probe.periodSeconds());
        Values.notNegative(problems, path.field("successThreshold"), probe.successThreshold());
        Values.notNegative(problems, path.field("failureThreshold"), probe.failureThreshold());
        if (probe.httpGet() != null) {
            Values.port(problems, path.field("httpGet").field("port"), probe.httpGet().port());
        }
        if (probe.tcpSocket() != null) {
            Values.port(problems, path.field("tcpSocket").field("port"), probe.tcpSocket().port());
        }
    }

    /// An absolute path, or `@name` in Linux's abstract namespace (Istio 1.4 `ValidateUnixAddress`).
    static void socketFile(String address, FieldPath path, Problems problems) {
        var file = address.substring(SOCKET_FILE.length());
        if (!file.startsWith("@") && (!file.startsWith("/") || file.endsWith("/"))) {
            problems.invalid(
                    path, quoted(address) + " is no absolute path of a file", "write unix:///path");
        }
    }

    static boolean isSocketFile(String address) {
        return address.startsWith(SOCKET_FILE);
    }

    private static boolean looksLikeIp(String address) {
        return address.matches("[0-9.]+");
    }
}
