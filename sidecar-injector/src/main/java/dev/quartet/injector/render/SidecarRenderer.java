package dev.quartet.injector.render;

import dev.quartet.bootstrap.BootstrapSpec;
import dev.quartet.bootstrap.BootstrapSpec.Address;
import dev.quartet.bootstrap.BootstrapSpec.Role;
import dev.quartet.bootstrap.BootstrapSpec.Traffic;
import dev.quartet.bootstrap.BootstrapSpec.TrustFiles;
import dev.quartet.bootstrap.BootstrapSpec.Workload;
import dev.quartet.bootstrap.BootstrapWriter;
import dev.quartet.injector.pod.InvalidPodException;
import dev.quartet.injector.pod.Pod;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Renders `istio-init` (iptables send the pod's traffic to the proxy) and `istio-proxy` (a stock Envoy whose whole bootstrap is one argument).
///
/// What only exists once the pod does (its name, address, namespace, service account) stands in the bootstrap as `$(VAR)`, which Kubernetes expands in arguments. One projected volume holds what
/// the proxy needs for its first call to Citadel: token, root certificate, and by the downward API the two small SDS files that Envoy must find on disk; no program has to write them.
///
/// After Istio 1.4's `injection-template.yaml`, without its agent.
public final class SidecarRenderer {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int PROXY_UID = 1337;
    private static final int OUTBOUND_PORT = 15_001;
    private static final int INBOUND_PORT = 15_006;
    private static final int ADMIN_PORT = 15_000;
    private static final int STATUS_PORT = 15_020;
    private static final int TOKEN_SECONDS = 43_200;
    private static final String VOLUME = "istio-proxy";
    private static final TrustFiles TRUST = TrustFiles.in(Path.of("/etc/istio/proxy"));
    private static final String TOKEN_SOURCE = "quartet.dev/token-sds";
    private static final String ROOT_SOURCE = "quartet.dev/root-sds";

    private final MeshSettings mesh;
    private final String version;

    public SidecarRenderer(MeshSettings mesh) {
        this.mesh = mesh;
        this.version = hash(mesh.toString());
    }

    /// @throws InvalidPodException when an annotation or label asks for what cannot be
    public Sidecar render(Pod pod) {
        var asked = PodAnnotations.of(pod, mesh);
        ObjectNode init = init(asked);
        var probes = asked.rewriteProbes() ? AppProbes.of(pod, STATUS_PORT) : AppProbes.NONE;
        ObjectNode proxy = proxy(pod, asked, probes);
        boolean asInit = mesh.nativeSidecar();
        var initContainers = asInit ? List.of(init, proxy) : List.of(init);
        var containers = asInit ? List.<ObjectNode>of() : List.of(proxy);
        var volumes = List.of(volume());
        var annotations = new TreeMap<String, String>();
        annotations.put(Pod.STATUS_ANNOTATION, status(initContainers, containers, volumes));
        annotations.put(TOKEN_SOURCE, TRUST.tokenSourceJson());
        annotations.put(ROOT_SOURCE, TRUST.rootSourceJson());
        var labels = new TreeMap<String, String>();
        labels.put("security.istio.io/tlsMode", "istio");
        return new Sidecar(
                initContainers,
                containers,
                volumes,
                labels,
                annotations,
                new TreeMap<>(probes.replaced()),
                asked.warnings(pod));
    }

    private ObjectNode init(PodAnnotations asked) {
        String excludedInbound =
                asked.excludedInboundPorts().isEmpty()
                        ? Integer.toString(STATUS_PORT)
                        : asked.excludedInboundPorts() + "," + STATUS_PORT;
        var container =
                JSON.createObjectNode()
                        .put("name", "istio-init")
                        .put("image", mesh.initImage())
                        .put("imagePullPolicy", "IfNotPresent");
        strings(
                container.putArray("args"),
                List.of(
                        "-p",
                        Integer.toString(OUTBOUND_PORT),
                        "-z",
                        Integer.toString(INBOUND_PORT),
                        "-u",
                        Integer.toString(PROXY_UID),
                        "-m",
                        "REDIRECT",
                        "-i",
                        asked.outboundRanges(),
                        "-x",
                        asked.excludedOutboundRanges(),
                        "-b",
                        asked.inboundPorts(),
                        "-d",
                        excludedInbound,
                        "-o",
                        asked.excludedOutboundPorts()));
        resources(container, "10m", "16Mi");
        var security =
                container
                        .putObject("securityContext")
                        .put("allowPrivilegeEscalation", false)
                        .put("privileged", false);
        security.put("runAsUser", 0).put("runAsGroup", 0).put("runAsNonRoot", false);
        var capabilities = security.putObject("capabilities");
        strings(capabilities.putArray("add"), List.of("NET_ADMIN", "NET_RAW"));
        strings(capabilities.putArray("drop"), List.of("ALL"));
        return container;
    }

    private ObjectNode proxy(Pod pod, PodAnnotations asked, AppProbes probes) {
        BootstrapSpec spec = spec(pod, asked, probes);
        var container =
                JSON.createObjectNode()
                        .put("name", "istio-proxy")
                        .put("image", asked.proxyImage())
                        .put("imagePullPolicy", "IfNotPresent");
        strings(container.putArray("command"), List.of("envoy"));
        var arguments =
                container.putArray("args").add("--config-yaml").add(BootstrapWriter.json(spec));
        strings(arguments, BootstrapWriter.arguments(spec));
        container
                .putArray("env")
                .add(field("POD_NAME", "metadata.name"))
                .add(field("POD_NAMESPACE", "metadata.namespace"))
                .add(field("POD_IP", "status.podIP"))
                .add(field("SERVICE_ACCOUNT", "spec.serviceAccountName"));
        container
                .putArray("ports")
                .addObject()
                .put("name", "mesh-status")
                .put("containerPort", STATUS_PORT)
                .put("protocol", "TCP");
        if (mesh.nativeSidecar()) {
            container.put("restartPolicy", "Always");
            container.set("startupProbe", probe(1, 600)); // the application starts when this passes
        }
        container.set("readinessProbe", probe(2, 30));
        var seconds = drainSeconds(pod);
        if (seconds > 0) {
            container
                    .putObject("lifecycle")
                    .putObject("preStop")
                    .putObject("sleep")
                    .put("seconds", seconds);
        }
        resources(container, asked.cpu(), asked.memory());
        var security =
                container
                        .putObject("securityContext")
                        .put("allowPrivilegeEscalation", false)
                        .put("privileged", false)
                        .put("readOnlyRootFilesystem", true);
        security.put("runAsUser", PROXY_UID).put("runAsGroup", PROXY_UID).put("runAsNonRoot", true);
        strings(security.putObject("capabilities").putArray("drop"), List.of("ALL"));
        container
                .putArray("volumeMounts")
                .addObject()
                .put("name", VOLUME)
                .put("mountPath", folder())
                .put("readOnly", true);
        return container;
    }

    /// kube-apiserver refuses a sleep that is not shorter than the pod's grace.
    private long drainSeconds(Pod pod) {
        return Math.min(mesh.drain().toSeconds(), pod.grace().toSeconds() - 1);
    }

    private BootstrapSpec spec(Pod pod, PodAnnotations asked, AppProbes probes) {
        try {
            return new BootstrapSpec(
                    Role.SIDECAR,
                    new Workload(
                            pod.workload(),
                            "$(POD_NAMESPACE)",
                            "$(SERVICE_ACCOUNT)",
                            "$(POD_NAME)",
                            List.of("$(POD_IP)"),
                            escaped(pod),
                            null,
                            mesh.meshId()),
                    new Traffic.Redirect(),
                    new Address("127.0.0.1", ADMIN_PORT),
                    new Address("0.0.0.0", STATUS_PORT),
                    mesh.pilot(),
                    mesh.citadel(),
                    TRUST,
                    new BootstrapSpec.Process(
                            mesh.concurrency(),
                            mesh.drain().isZero() ? Duration.ofSeconds(5) : mesh.drain(),
                            asked.logLevel()),
                    probes.checks(),
                    asked.config().metadata());
        } catch (IllegalArgumentException e) {
            throw new InvalidPodException("the pod's proxy cannot be described: " + e.getMessage());
        }
    }

    /// A label that says `$(POD_IP)` must not become an address.
    private static TreeMap<String, String> escaped(Pod pod) {
        var labels = new TreeMap<String, String>();
        pod.labels()
                .forEach((name, value) ->
                        labels.put(name.replace("$(", "$$("), value.replace("$(", "$$(")));
        return labels;
    }

    private static ObjectNode volume() {
        var volume = JSON.createObjectNode().put("name", VOLUME);
        var sources = volume.putObject("projected").putArray("sources");
        sources.addObject()
                .putObject("serviceAccountToken")
                .put("audience", "istio-ca")
                .put("expirationSeconds", TOKEN_SECONDS)
                .put("path", name(TRUST.token()));
        var root = sources.addObject().putObject("configMap").put("name", "istio-ca-root-cert");
        root.putArray("items")
                .addObject()
                .put("key", "root-cert.pem")
                .put("path", name(TRUST.rootCertificate()));
        var files = sources.addObject().putObject("downwardAPI").putArray("items");
        annotationFile(files, TRUST.tokenSource(), TOKEN_SOURCE);
        annotationFile(files, TRUST.rootSource(), ROOT_SOURCE);
        return volume;
    }

    private static void annotationFile(ArrayNode files, Path file, String annotation) {
        files.addObject()
                .put("path", name(file))
                .putObject("fieldRef")
                .put("fieldPath", "metadata.annotations['" + annotation + "']");
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private static String folder() {
        return String.valueOf(TRUST.token().getParent());
    }

    private static ObjectNode probe(int periodSeconds, int failures) {
        var probe = JSON.createObjectNode();
        probe.putObject("httpGet").put("path", "/healthz/ready").put("port", STATUS_PORT);
        return probe.put("periodSeconds", periodSeconds)
                .put("timeoutSeconds", 3)
                .put("failureThreshold", failures);
    }

    private static ObjectNode field(String name, String path) {
        var variable = JSON.createObjectNode().put("name", name);
        variable.putObject("valueFrom").putObject("fieldRef").put("fieldPath", path);
        return variable;
    }

    private static void resources(ObjectNode container, String cpu, String memory) {
        container
                .putObject("resources")
                .putObject("requests")
                .put("cpu", cpu)
                .put("memory", memory);
    }

    private static void strings(ArrayNode array, List<String> items) {
        items.forEach(array::add);
    }

    /// What was added, in Istio's form, so that tools can tell and take it off again.
    private String status(
            List<ObjectNode> initContainers,
            List<ObjectNode> containers,
            List<ObjectNode> volumes) {
        var status = JSON.createObjectNode().put("version", version);
        names(status.putArray("initContainers"), initContainers);
        names(status.putArray("containers"), containers);
        names(status.putArray("volumes"), volumes);
        return JSON.writeValueAsString(status);
    }

    private static void names(ArrayNode names, List<ObjectNode> items) {
        for (JsonNode item : items) {
            names.add(item.path("name").stringValue(""));
        }
    }

    private static String hash(String text) {
        try {
            return HexFormat.of()
                    .formatHex(
                            MessageDigest.getInstance("SHA-256")
                                    .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
