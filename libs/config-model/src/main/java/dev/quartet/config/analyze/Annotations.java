package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.expressions.NearNames;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Annotations of the mesh's domains that nobody reads: misspelt, on the wrong kind of object, or of Istio and without effect
/// here.
final class Annotations implements Analyzer {
    private static final String POD = "Pod";
    private static final String SERVICE = "Service";
    private static final String SERVICE_ENTRY = "ServiceEntry";

    /// @param on the kinds that may have it, as users name them
    /// @param read whether this version does something with it
    private record Known(Set<String> on, boolean read) {}

    private static final Map<String, Known> KNOWN = known();

    @Override
    public Set<Reason> reasons() {
        return Set.of(
                Reason.MISPLACED_ANNOTATION, Reason.UNKNOWN_ANNOTATION, Reason.NOT_SUPPORTED_YET);
    }

    private static Map<String, Known> known() {
        var known = new HashMap<String, Known>();
        // what Galley reads
        known.put(
                "quartet.dev/set",
                new Known(
                        Arrays.stream(Kind.values()).map(Kind::label).collect(Collectors.toSet()),
                        true));
        // what the injector reads
        for (var name :
                Set.of(
                        "inject",
                        "status",
                        "proxyImage",
                        "logLevel",
                        "proxyCPU",
                        "proxyMemory",
                        "interceptionMode",
                        "rewriteAppHTTPProbers")) {
            known.put("sidecar.istio.io/" + name, new Known(Set.of(POD), true));
        }
        known.put("proxy.istio.io/config", new Known(Set.of(POD), true));
        for (var name :
                Set.of(
                        "includeOutboundIPRanges",
                        "excludeOutboundIPRanges",
                        "includeInboundPorts",
                        "excludeInboundPorts",
                        "excludeOutboundPorts")) {
            known.put("traffic.sidecar.istio.io/" + name, new Known(Set.of(POD), true));
        }
        // what Pilot reads
        for (var name : Set.of("policyCheckFailOpen", "serverFirst")) {
            known.put("quartet.dev/" + name, new Known(Set.of(SERVICE, SERVICE_ENTRY), true));
        }
        for (var name :
                Set.of(
                        "networking.istio.io/exportTo",
                        "alpha.istio.io/kubernetes-serviceaccounts",
                        "alpha.istio.io/canonical-serviceaccounts")) {
            known.put(name, new Known(Set.of(SERVICE), true));
        }
        // Istio's own, without effect here
        for (var name :
                Set.of(
                        "sidecar.istio.io/controlPlaneAuthPolicy",
                        "sidecar.istio.io/discoveryAddress",
                        "sidecar.istio.io/bootstrapOverride",
                        "sidecar.istio.io/statsInclusionPrefixes",
                        "sidecar.istio.io/statsInclusionSuffixes",
                        "sidecar.istio.io/statsInclusionRegexps",
                        "sidecar.istio.io/userVolume",
                        "sidecar.istio.io/userVolumeMount",
                        "sidecar.istio.io/componentLogLevel",
                        "sidecar.istio.io/agentLogLevel",
                        "sidecar.istio.io/extraStatTags",
                        "sidecar.istio.io/proxyCPULimit",
                        "sidecar.istio.io/proxyMemoryLimit",
                        "sidecar.istio.io/nativeSidecar",
                        "status.sidecar.istio.io/port",
                        "readiness.status.sidecar.istio.io/applicationPorts",
                        "readiness.status.sidecar.istio.io/failureThreshold",
                        "readiness.status.sidecar.istio.io/initialDelaySeconds",
                        "readiness.status.sidecar.istio.io/periodSeconds",
                        "traffic.sidecar.istio.io/includeOutboundPorts",
                        "traffic.sidecar.istio.io/excludeInterfaces",
                        "traffic.sidecar.istio.io/kubevirtInterfaces",
                        "policy.istio.io/check",
                        "policy.istio.io/checkRetries",
                        "policy.istio.io/checkBaseRetryWaitTime",
                        "policy.istio.io/checkMaxRetryWaitTime",
                        "proxy.istio.io/overrides",
                        "inject.istio.io/templates",
                        "prometheus.istio.io/merge-metrics")) {
            known.put(name, new Known(Set.of(POD), false));
        }
        known.put("networking.istio.io/traffic-distribution", new Known(Set.of(SERVICE), false));
        known.put("istio.io/dry-run", new Known(Set.of("AuthorizationPolicy"), true));
        return Map.copyOf(known);
    }

    @Override
    public void look(Scene scene, Report problems) {
        scene.everything().forEach(resource -> ofResource(resource, problems));
        var surroundings = scene.surroundings();
        surroundings.services().forEach(it -> ofObject(it.object(), problems));
        surroundings.namespaces().forEach(it -> ofObject(it.object(), problems));
        for (var workload : surroundings.workloads()) {
            ofPods(workload, problems);
            if (!workload.template().text().isEmpty()) {
                ofObject(workload.object(), problems);
            }
        }
    }

    private static void ofResource(Of<?> resource, Report problems) {
        for (var name : resource.read().resource().annotations().keySet()) {
            var told = judge(name, resource.key().kind().label());
            if (told != null) {
                var path = FieldPath.METADATA.field("annotations").key(name);
                problems.add(told.reason(), resource, path, told.fault(), told.fix());
            }
        }
    }

    private static void ofObject(ClusterObject object, Report problems) {
        for (var name : object.annotations().keySet()) {
            var told = judge(name, object.subject().kind());
            if (told != null) {
                var path = FieldPath.METADATA.field("annotations").key(name);
                problems.add(told.reason(), object, path, told.fault(), told.fix());
            }
        }
    }

    private static void ofPods(KubeWorkload workload, Report problems) {
        for (var name : workload.annotations().keySet()) {
            var told = judge(name, POD);
            if (told != null) {
                var path = workload.annotation(name);
                problems.add(told.reason(), workload.object(), path, told.fault(), told.fix());
            }
        }
    }

    private record Told(Reason reason, String fault, String fix) {}

    /// Null when there is nothing to say.
    private static @Nullable Told judge(String name, String kind) {
        int slash = name.indexOf('/');
        if (slash < 0 || !isOurs(name.substring(0, slash))) {
            return null;
        }
        var known = KNOWN.get(name);
        if (known == null) {
            return new Told(
                    Reason.UNKNOWN_ANNOTATION,
                    "there is no annotation " + quoted(name),
                    near(name.substring(0, slash), name.substring(slash + 1))
                            .map(near -> "did you mean " + near + "?")
                            .orElse("take it out"));
        }
        if (!known.on().contains(kind)) {
            return new Told(
                    Reason.MISPLACED_ANNOTATION,
                    "on a " + kind + " the annotation " + name + " does nothing",
                    known.on().contains(POD)
                            ? "put it into the metadata of the pods, or of their template"
                            : "put it on a " + String.join(" or a ", new TreeSet<>(known.on())));
        }
        return known.read()
                ? null
                : new Told(
                        Reason.NOT_SUPPORTED_YET,
                        "this version does nothing with the annotation " + name,
                        "take it out");
    }

    /// A name of the same domain, or the same name of another domain.
    private static Optional<String> near(String domain, String name) {
        var ofDomain =
                KNOWN.keySet().stream()
                        .filter(known -> known.startsWith(domain + "/"))
                        .map(known -> known.substring(domain.length() + 1))
                        .toList();
        return NearNames.of(name, ofDomain)
                .map(near -> domain + "/" + near)
                .or(() ->
                        KNOWN.keySet().stream()
                                .filter(known -> known.endsWith("/" + name))
                                .sorted()
                                .findFirst());
    }

    private static boolean isOurs(String domain) {
        return domain.equals("istio.io")
                || domain.endsWith(".istio.io")
                || domain.equals("quartet.dev");
    }
}
