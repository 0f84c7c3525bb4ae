package dev.quartet.injector.render;

import dev.quartet.bootstrap.BootstrapSpec.Process;
import dev.quartet.injector.pod.InvalidPodException;
import dev.quartet.injector.pod.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// What a pod's annotations ask of its sidecar, checked: a value that is not understood refuses the pod, because a wrong exclusion would open a hole unseen.
/// Names and meanings after Istio 1.4 (`pkg/kube/inject/inject.go`, `annotationRegistry`).
/// @param outboundRanges CIDRs, `*` for all
/// @param inboundPorts ports, `*` for all
record PodAnnotations(
        String proxyImage,
        String logLevel,
        String cpu,
        String memory,
        String outboundRanges,
        String excludedOutboundRanges,
        String inboundPorts,
        String excludedInboundPorts,
        String excludedOutboundPorts,
        boolean rewriteProbes,
        ProxyConfig config) {
    private static final String SIDECAR = "sidecar.istio.io/";
    private static final String TRAFFIC = "traffic.sidecar.istio.io/";
    private static final Pattern QUANTITY =
            Pattern.compile("[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?");
    private static final Pattern CIDR =
            Pattern.compile(
                    "[0-9]{1,3}(\\.[0-9]{1,3}){3}/([0-9]|[12][0-9]|3[0-2])|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*/([0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])");

    /// Read here, or by the decision.
    private static final Set<String> KNOWN =
            Set.of(
                    SIDECAR + "inject",
                    SIDECAR + "status",
                    SIDECAR + "proxyImage",
                    SIDECAR + "logLevel",
                    SIDECAR + "proxyCPU",
                    SIDECAR + "proxyMemory",
                    SIDECAR + "interceptionMode",
                    SIDECAR + "rewriteAppHTTPProbers",
                    TRAFFIC + "includeOutboundIPRanges",
                    TRAFFIC + "excludeOutboundIPRanges",
                    TRAFFIC + "includeInboundPorts",
                    TRAFFIC + "excludeInboundPorts",
                    TRAFFIC + "excludeOutboundPorts");

    static PodAnnotations of(Pod pod, MeshSettings mesh) {
        var annotations = pod.annotations();
        String mode = annotations.getOrDefault(SIDECAR + "interceptionMode", "REDIRECT");
        if (!mode.equals("REDIRECT")) {
            throw refused(
                    SIDECAR + "interceptionMode",
                    mode,
                    "only REDIRECT is supported; leave the annotation out");
        }
        return new PodAnnotations(
                matching(
                        pod,
                        SIDECAR + "proxyImage",
                        mesh.proxyImage(),
                        MeshSettings.IMAGE,
                        "give an image's name"),
                level(pod, mesh.logLevel()),
                matching(
                        pod,
                        SIDECAR + "proxyCPU",
                        "100m",
                        QUANTITY,
                        "give a quantity like 100m or 2"),
                matching(
                        pod,
                        SIDECAR + "proxyMemory",
                        "128Mi",
                        QUANTITY,
                        "give a quantity like 128Mi"),
                ranges(pod, TRAFFIC + "includeOutboundIPRanges", "*"),
                ranges(pod, TRAFFIC + "excludeOutboundIPRanges", ""),
                ports(pod, TRAFFIC + "includeInboundPorts", "*"),
                ports(pod, TRAFFIC + "excludeInboundPorts", ""),
                ports(pod, TRAFFIC + "excludeOutboundPorts", ""),
                yes(pod, SIDECAR + "rewriteAppHTTPProbers"),
                ProxyConfig.of(pod));
    }

    /// Never silently ignored: Istio's annotations that nothing here reads.
    List<String> warnings(Pod pod) {
        var warnings = new ArrayList<String>();
        for (String field : config.unknown()) {
            warnings.add(
                    "%s in annotation %s is not supported yet and has no effect"
                            .formatted(field, ProxyConfig.ANNOTATION));
        }
        for (String name : pod.annotations().keySet()) {
            int slash = name.indexOf('/');
            if (slash > 0
                    && (name.substring(0, slash).equals("sidecar.istio.io")
                            || name.substring(0, slash).endsWith(".sidecar.istio.io"))
                    && !KNOWN.contains(name)) {
                warnings.add(
                        "annotation %s is not supported yet and has no effect".formatted(name));
            }
        }
        return warnings;
    }

    private static boolean yes(Pod pod, String name) {
        String value = pod.annotations().getOrDefault(name, "true");
        if (!value.equals("true") && !value.equals("false")) {
            throw refused(name, value, "give \"true\" or \"false\"");
        }
        return value.equals("true");
    }

    private static String level(Pod pod, String otherwise) {
        String level = pod.annotations().getOrDefault(SIDECAR + "logLevel", otherwise);
        if (!Process.LOG_LEVELS.contains(level)) {
            throw refused(
                    SIDECAR + "logLevel",
                    level,
                    "use one of " + String.join(", ", Process.LOG_LEVELS));
        }
        return level;
    }

    private static String matching(
            Pod pod, String name, String otherwise, Pattern pattern, String fix) {
        String value = pod.annotations().getOrDefault(name, otherwise);
        if (!pattern.matcher(value).matches()) {
            throw refused(name, value, fix);
        }
        return value;
    }

    private static String ranges(Pod pod, String name, String otherwise) {
        String value = pod.annotations().getOrDefault(name, otherwise);
        if (!value.equals("*")) {
            for (String range : items(value)) {
                if (!CIDR.matcher(range).matches()) {
                    throw refused(
                            name,
                            value,
                            "\"%s\" is not a CIDR; give a list like 10.0.0.0/8,192.168.0.0/16, or *"
                                    .formatted(range));
                }
            }
        }
        return value;
    }

    private static String ports(Pod pod, String name, String otherwise) {
        String value = pod.annotations().getOrDefault(name, otherwise);
        if (!value.equals("*") || otherwise.isEmpty()) {
            for (String port : items(value)) {
                if (!port.matches("[0-9]{1,5}")
                        || Integer.parseInt(port) < 1
                        || Integer.parseInt(port) > 65_535) {
                    throw refused(
                            name,
                            value,
                            "\"%s\" is not a port; give a list like 80,8080".formatted(port));
                }
            }
        }
        return value;
    }

    private static List<String> items(String list) {
        return list.isEmpty() ? List.of() : List.of(list.split(",", -1));
    }

    static InvalidPodException refused(String name, String value, String fix) {
        String shown = value.length() > 80 ? value.substring(0, 80) + "…" : value;
        return new InvalidPodException(
                "metadata.annotations[%s] has the value \"%s\": %s".formatted(name, shown, fix));
    }
}
