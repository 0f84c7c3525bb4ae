package dev.quartet.injector.render;

import dev.quartet.bootstrap.AppProbe;
import dev.quartet.bootstrap.AppProbe.Check;
import dev.quartet.injector.pod.InvalidPodException;
import dev.quartet.injector.pod.Pod;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The HTTP, TCP and gRPC probes of a pod's application containers, turned to the proxy's status port: the kubelet speaks
/// no mTLS. Paths after Istio 1.4 (`pkg/kube/inject/app_probe.go`), which knew HTTP only. Left as they are: `exec`; one
/// with a `host`, which asks another than the pod; start-up probes of native sidecars, which run before the proxy does;
/// and what kube-apiserver or the kubelet is to refuse in its own words.
///
/// @param replaced JSON pointer into the pod to the probe that stands there now
/// @param checks what the proxy is to answer
record AppProbes(Map<String, ObjectNode> replaced, List<AppProbe> checks) {
    private static final Map<String, String> KINDS =
            Map.of(
                    "livenessProbe",
                    "livez",
                    "readinessProbe",
                    "readyz",
                    "startupProbe",
                    "startupz");
    private static final Pattern CONTAINER = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
    private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9-]+");
    private static final int DEFAULT_PERIOD_SECONDS = 10;

    static final AppProbes NONE = new AppProbes(Map.of(), List.of());

    static AppProbes of(Pod pod, int statusPort) {
        var replaced = new TreeMap<String, ObjectNode>();
        var checks = new ArrayList<AppProbe>();
        for (var list : List.of("containers", "initContainers")) {
            var containers = pod.json().path("spec").path(list);
            for (int i = 0; i < containers.size(); i++) {
                var container = containers.get(i);
                var name = container.path("name").stringValue("");
                for (var kind : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
                    if (list.equals("initContainers") && kind.equals("startupProbe")) {
                        continue;
                    }
                    var place = "/spec/%s/%d/%s".formatted(list, i, kind);
                    var path = "/app-health/" + name + "/" + KINDS.get(kind);
                    if (CONTAINER.matcher(name).matches()
                            && container.path(kind) instanceof ObjectNode probe) {
                        var check = check(probe, container, path, place);
                        if (check != null) {
                            checks.add(check);
                            replaced.put(place, turned(probe, path, statusPort));
                        }
                    }
                }
            }
        }
        return new AppProbes(replaced, checks);
    }

    /// @return null when the probe is to stay
    private static @Nullable AppProbe check(
            ObjectNode probe, JsonNode container, String path, String place) {
        try {
            return check(probe, container, path);
        } catch (IllegalArgumentException e) {
            throw new InvalidPodException(
                    "%s cannot be asked by the proxy: %s; correct it, or set the annotation sidecar.istio.io/rewriteAppHTTPProbers to \"false\""
                            .formatted(place.substring(1).replace('/', '.'), e.getMessage()));
        }
    }

    private static @Nullable AppProbe check(ObjectNode probe, JsonNode container, String path) {
        Check check;
        JsonNode handler;
        if (probe.path("httpGet").isObject()) {
            handler = probe.path("httpGet");
            if (!headersReadable(handler.path("httpHeaders"))) {
                return null;
            }
            check = http(handler);
        } else if (probe.path("tcpSocket").isObject()) {
            handler = probe.path("tcpSocket");
            check = new Check.Tcp();
        } else if (probe.path("grpc").isObject()) {
            handler = probe.path("grpc");
            check = new Check.Grpc(literal(handler.path("service").stringValue("")));
        } else {
            return null;
        }
        int port = port(handler.path("port"), container);
        if (port == 0 || !handler.path("host").stringValue("").isEmpty()) {
            return null;
        }
        return new AppProbe(
                path,
                port,
                seconds(probe.path("periodSeconds"), DEFAULT_PERIOD_SECONDS),
                seconds(probe.path("timeoutSeconds"), 1),
                check);
    }

    private static Check.Http http(JsonNode handler) {
        String host = null;
        var headers = new ArrayList<AppProbe.Header>();
        for (JsonNode header : handler.path("httpHeaders")) {
            var name = header.path("name").stringValue("");
            var value = literal(header.path("value").stringValue(""));
            if (name.equalsIgnoreCase("host")) {
                host = value;
            } else {
                headers.add(new AppProbe.Header(name, value));
            }
        }
        return new Check.Http(
                handler.path("scheme").stringValue("HTTP").equals("HTTPS"),
                literal(path(handler.path("path").stringValue("/"))),
                host,
                headers);
    }

    private static boolean headersReadable(JsonNode headers) {
        for (JsonNode header : headers) {
            if (!HEADER_NAME.matcher(header.path("name").stringValue("")).matches()) {
                return false;
            }
        }
        return true;
    }

    /// As the kubelet makes it: with a slash before, without a fragment, what a URL can't hold escaped.
    private static String path(String path) {
        int fragment = path.indexOf('#');
        var text = new StringBuilder(path.startsWith("/") ? "" : "/");
        for (byte b :
                (fragment < 0 ? path : path.substring(0, fragment))
                        .getBytes(StandardCharsets.UTF_8)) {
            if (b > ' ' && b < 0x7f) {
                text.append((char) b);
            } else {
                text.append("%%%02X".formatted(b & 0xff));
            }
        }
        return text.toString();
    }

    /// The bootstrap is an argument, in which Kubernetes would expand variables.
    private static String literal(String text) {
        return text.replace("$(", "$$(");
    }

    /// @return 0 when there is no such port
    private static int port(JsonNode port, JsonNode container) {
        if (port.isInt()) {
            return valid(port.asInt());
        }
        for (JsonNode named : container.path("ports")) {
            if (port.isString() && named.path("name").stringValue("").equals(port.stringValue())) {
                return valid(named.path("containerPort").asInt(0));
            }
        }
        return 0;
    }

    private static int valid(int port) {
        return port >= 1 && port <= 65_535 ? port : 0;
    }

    private static Duration seconds(JsonNode value, int otherwise) {
        int seconds = value.isInt() ? value.asInt() : otherwise;
        return Duration.ofSeconds(seconds < 1 ? otherwise : seconds);
    }

    private static ObjectNode turned(ObjectNode probe, String path, int statusPort) {
        var turned = probe.deepCopy();
        turned.remove(List.of("httpGet", "tcpSocket", "grpc"));
        turned.putObject("httpGet").put("path", path).put("port", statusPort).put("scheme", "HTTP");
        return turned;
    }
}
