package dev.quartet.pilot.node;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.quartet.config.schema.Durations;
import dev.quartet.identity.SpiffeId;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads Envoy's node. The form of the id is Istio's: `type~ip~instance.namespace~domain`.
public final class ProxyNode {
    private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F:.]{2,45}");
    private static final Pattern ENDPOINT = Pattern.compile("[0-9a-fA-F:.\\[\\]]{2,47}:[0-9]{1,5}");
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");

    private static final Set<String> UNKNOWN = Set.of("0.0.0.0", "::");

    private ProxyNode() {}

    /// @param caller the certificate's identity; null only on the plaintext development port, where the node is trusted
    /// @param peerAddress where the stream comes from: the address of a proxy that says 0.0.0.0 or ::, because it was
    ///     started without knowing its own
    /// @throws ProxyRefused when the node is malformed or claims another identity than the certificate
    public static Proxy read(Node node, @Nullable SpiffeId caller, String peerAddress)
            throws ProxyRefused {
        var parts = node.getId().split("~", -1);
        if (parts.length != 4) {
            throw malformed(
                    "node id \""
                            + printable(node.getId())
                            + "\" is not of the form type~ip~instance.namespace~domain");
        }
        var role =
                switch (parts[0]) {
                    case "sidecar" -> Proxy.Role.SIDECAR;
                    case "router" -> Proxy.Role.GATEWAY;
                    default ->
                            throw malformed(
                                    "node type \""
                                            + printable(parts[0])
                                            + "\" is neither sidecar nor router");
                };
        var metadata = node.getMetadata();
        var namespace = name(metadata, "NAMESPACE", namespaceOf(parts[2]));
        var serviceAccount =
                name(
                        metadata,
                        "SERVICE_ACCOUNT",
                        caller == null ? "default" : caller.serviceAccount());
        if (caller != null
                && !(caller.namespace().equals(namespace)
                        && caller.serviceAccount().equals(serviceAccount))) {
            throw new ProxyRefused(
                    ProxyRefused.Reason.IDENTITY_MISMATCH,
                    "the node says it is %s/%s, its certificate says %s/%s"
                            .formatted(
                                    namespace,
                                    serviceAccount,
                                    caller.namespace(),
                                    caller.serviceAccount()));
        }
        if (!parts[2].endsWith("." + namespace)) {
            throw new ProxyRefused(
                    ProxyRefused.Reason.IDENTITY_MISMATCH,
                    "the node id's instance \"%s\" is not in namespace %s"
                            .formatted(printable(parts[2]), namespace));
        }
        return new Proxy(
                node.getId(),
                role,
                namespace,
                serviceAccount,
                parts[2],
                name(
                        metadata,
                        "WORKLOAD_NAME",
                        parts[2].substring(0, parts[2].length() - namespace.length() - 1)),
                addresses(metadata, UNKNOWN.contains(parts[1]) ? peerAddress : parts[1]),
                text(metadata, "INTERCEPTION_MODE").equals("NONE")
                        ? Proxy.Interception.NONE
                        : Proxy.Interception.REDIRECT,
                text(metadata, "AUTO_REGISTER_GROUP").isEmpty()
                        ? null
                        : name(metadata, "AUTO_REGISTER_GROUP", ""),
                httpProxyPort(metadata),
                appEndpoints(metadata),
                http(metadata),
                place(node),
                version(node),
                texts(metadata));
    }

    private static String namespaceOf(String instance) throws ProxyRefused {
        var dot = instance.lastIndexOf('.');
        if (dot <= 0) {
            throw malformed(
                    "the instance \"" + printable(instance) + "\" in the node id has no namespace");
        }
        return instance.substring(dot + 1);
    }

    private static List<String> addresses(Struct metadata, String idAddress) throws ProxyRefused {
        var addresses = new ArrayList<String>();
        addresses.add(idAddress);
        Arrays.stream(text(metadata, "INSTANCE_IPS").split(","))
                .map(String::strip)
                .filter(address -> !address.isEmpty() && !addresses.contains(address))
                .forEach(addresses::add);
        for (var address : addresses) {
            if (!ADDRESS.matcher(address).matches()) {
                throw malformed("\"" + printable(address) + "\" is not an IP address");
            }
        }
        return addresses;
    }

    /// As Envoy says it, or in Istio's label.
    private static Place place(Node node) {
        var network = text(node.getMetadata(), "NETWORK");
        var locality = node.getLocality();
        if (!locality.getRegion().isEmpty()) {
            return new Place(
                    printable(locality.getRegion()),
                    printable(locality.getZone()),
                    printable(locality.getSubZone()),
                    printable(network));
        }
        var labels =
                node.getMetadata()
                        .getFieldsOrDefault("LABELS", Value.getDefaultInstance())
                        .getStructValue();
        return Place.of(
                printable(text(labels, "istio-locality")).replace('.', '/'), printable(network));
    }

    private static HttpOptions http(Struct metadata) throws ProxyRefused {
        var usual = HttpOptions.USUAL;
        var timeout = text(metadata, "IDLE_TIMEOUT");
        return new HttpOptions(
                flag(metadata, "HTTP10", usual.http10()),
                timeout.isEmpty() ? usual.idleTimeout() : duration("IDLE_TIMEOUT", timeout));
    }

    private static boolean flag(Struct metadata, String field, boolean otherwise)
            throws ProxyRefused {
        var value = metadata.getFieldsOrDefault(field, Value.getDefaultInstance());
        var text = value.hasBoolValue() ? "" + value.getBoolValue() : text(metadata, field);
        return switch (text) {
            case "" -> otherwise;
            case "1", "true" -> true;
            case "0", "false" -> false;
            default ->
                    throw malformed(
                            "%s has \"%s\"; write \"1\" or \"0\""
                                    .formatted(field, printable(text)));
        };
    }

    private static Duration duration(String field, String text) throws ProxyRefused {
        return Durations.parse(text)
                .filter(duration -> !duration.isNegative())
                .orElseThrow(() ->
                        malformed(
                                "%s has \"%s\", which is not a duration like 30s or 1h30m"
                                        .formatted(field, printable(text))));
    }

    private static @Nullable Integer httpProxyPort(Struct metadata) throws ProxyRefused {
        var text = text(metadata, "HTTP_PROXY_PORT");
        return text.isEmpty() ? null : port("HTTP_PROXY_PORT", text);
    }

    private static SortedMap<Integer, String> appEndpoints(Struct metadata) throws ProxyRefused {
        var endpoints = new TreeMap<Integer, String>();
        for (var entry :
                metadata.getFieldsOrDefault("APP_ENDPOINTS", Value.getDefaultInstance())
                        .getStructValue()
                        .getFieldsMap()
                        .entrySet()) {
            var endpoint = entry.getValue().getStringValue();
            if (!ENDPOINT.matcher(endpoint).matches()) {
                throw malformed(
                        "APP_ENDPOINTS has \""
                                + printable(endpoint)
                                + "\", which is not address:port");
            }
            port("APP_ENDPOINTS", endpoint.substring(endpoint.lastIndexOf(':') + 1));
            endpoints.put(port("APP_ENDPOINTS", entry.getKey()), endpoint);
        }
        return endpoints;
    }

    private static int port(String field, String text) throws ProxyRefused {
        if (text.matches("[0-9]{1,5}")) {
            var port = Integer.parseInt(text);
            if (port >= 1 && port <= 65535) {
                return port;
            }
        }
        throw malformed(field + " has \"" + printable(text) + "\", which is not a port");
    }

    private static String name(Struct metadata, String field, String otherwise)
            throws ProxyRefused {
        var text = text(metadata, field);
        var name = text.isEmpty() ? otherwise : text;
        if (!NAME.matcher(name).matches()) {
            throw malformed(field + " \"" + printable(name) + "\" is not a name");
        }
        return name;
    }

    /// Numbers are read too, because people write ports without quotes.
    private static SortedMap<String, String> texts(Struct metadata) {
        var texts = new TreeMap<String, String>();
        metadata.getFieldsMap()
                .forEach((name, value) -> {
                    if (value.hasStringValue()) {
                        texts.put(name, value.getStringValue());
                    }
                });
        return texts;
    }

    private static String text(Struct metadata, String field) {
        var value = metadata.getFieldsOrDefault(field, Value.getDefaultInstance());
        return value.hasNumberValue()
                ? Long.toString((long) value.getNumberValue())
                : value.getStringValue();
    }

    private static String version(Node node) {
        if (!node.hasUserAgentBuildVersion()) {
            return "unknown";
        }
        var version = node.getUserAgentBuildVersion().getVersion();
        return version.getMajorNumber() + "." + version.getMinorNumber() + "." + version.getPatch();
    }

    private static ProxyRefused malformed(String message) {
        return new ProxyRefused(ProxyRefused.Reason.MALFORMED_NODE, message);
    }

    /// What a stranger sends is cut and stripped of control signs before it comes into a log.
    private static String printable(String text) {
        var clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() <= 200 ? clean : clean.substring(0, 200) + "…";
    }
}
