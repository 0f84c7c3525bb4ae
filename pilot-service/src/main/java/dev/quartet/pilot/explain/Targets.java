package dev.quartet.pilot.explain;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.quartet.pilot.explain.Explanation.Detail;
import dev.quartet.pilot.explain.Explanation.End;
import dev.quartet.pilot.explain.Explanation.Endpoint;
import dev.quartet.pilot.explain.Explanation.Outcome;
import dev.quartet.pilot.explain.Explanation.Source;
import dev.quartet.pilot.explain.Explanation.Stage;
import dev.quartet.pilot.explain.Explanation.Step;
import dev.quartet.pilot.explain.Explanation.Transport;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.pilot.translate.Provenance.ClusterOrigins;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where a cluster sends what comes to it, and how.
final class Targets {
    private static final String SOCKET_MATCH = "envoy.transport_socket_match";
    private static final String PASSTHROUGH = "PassthroughCluster";
    private static final String BLACK_HOLE = "BlackHoleCluster";

    /// Of Envoy's circuit breakers: no limit at all.
    private static final int UNLIMITED = Integer.MAX_VALUE;

    private final Party party;
    private final Question question;

    Targets(Party party, Question question) {
        this.party = party;
        this.question = question;
    }

    /// How a proxy speaks to an endpoint.
    ///
    /// @param sni server name that it asks for; empty without TLS
    record Speech(Transport transport, String sni, List<String> alpn, List<String> names) {
        static final Speech PLAINTEXT = new Speech(Transport.PLAINTEXT, "", List.of(), List.of());
    }

    /// @param port on which the endpoint listens
    record Peer(Endpoint endpoint, String ip, int port, Speech speech) {}

    /// @param called who gets it, one of them; empty where it is answered, or leaves the mesh
    /// @param tls who says how they are spoken to; none where nobody does
    record Target(Step step, Outcome outcome, List<Peer> called, List<Source> tls) {}

    /// @param percent of the requests that come to it
    /// @param because what the user wrote that sends them
    /// @param http whether a refusal is an answer; else a connection is closed
    /// @param missing what of the route's destinations does not exist; empty where nothing is known of it
    Target of(String name, double percent, List<Source> because, boolean http, String missing) {
        var found = party.resources().cluster(name);
        if (name.equals(BLACK_HOLE)) {
            return refused(
                    name,
                    percent,
                    because,
                    http,
                    "a cluster without endpoints: where nothing is meant to arrive",
                    missing.isEmpty() ? "nothing is there" : missing);
        }
        if (found.isEmpty()) {
            return refused(
                    name,
                    percent,
                    because,
                    http,
                    "the proxy has no such cluster",
                    "the proxy has no cluster " + name);
        }
        var cluster = found.get();
        var origins = party.provenance().cluster(name);
        return outside(cluster)
                ? outside(name, cluster, percent, because, origins)
                : inside(name, cluster, percent, because, http, origins);
    }

    private static boolean outside(Cluster cluster) {
        return cluster.getType() == Cluster.DiscoveryType.ORIGINAL_DST
                || cluster.getClusterType()
                        .getName()
                        .equals("envoy.clusters.dynamic_forward_proxy");
    }

    private Target outside(
            String name,
            Cluster cluster,
            double percent,
            List<Source> because,
            ClusterOrigins origins) {
        var byAddress = cluster.getType() == Cluster.DiscoveryType.ORIGINAL_DST;
        var where =
                byAddress
                        ? "to the address that the client wanted"
                                + question.to().map(to -> " (" + to + ")").orElse("")
                        : "to %s, which the proxy looks up in DNS"
                                .formatted(lookedUp(name, origins));
        var known = name.equals(PASSTHROUGH) ? "outside the mesh" : label(name);
        var sources = Stream.concat(because.stream(), serviceSources(origins)).distinct().toList();
        return new Target(
                new Step(Stage.CLUSTER, name, where, sources, details(cluster, origins), List.of()),
                new Outcome(
                        percent,
                        End.OUTSIDE,
                        null,
                        name,
                        null,
                        null,
                        List.of(),
                        known + ", " + where,
                        because),
                List.of(),
                List.of());
    }

    /// The name is the request's, the port the service's; outside of services both are the request's.
    private String lookedUp(String cluster, ClusterOrigins origins) {
        var port = cluster.split("\\|", -1);
        return origins.service()
                .filter(service -> service.resolution() == Service.Resolution.DYNAMIC_DNS)
                .flatMap(service ->
                        service.port(Integer.parseInt(port[1]))
                                .map(it ->
                                        "%s:%d"
                                                .formatted(
                                                        name(service, question), it.targetPort())))
                .orElse(question.authority());
    }

    private static String name(Service service, Question question) {
        return service.host().startsWith("*")
                ? question.sni().orElse(question.host())
                : service.host();
    }

    private Target inside(
            String name,
            Cluster cluster,
            double percent,
            List<Source> because,
            boolean http,
            ClusterOrigins origins) {
        var assignment =
                cluster.getType() == Cluster.DiscoveryType.EDS
                        ? party.resources().endpoints(edsName(cluster))
                        : Optional.of(cluster.getLoadAssignment());
        var called = assignment.map(it -> called(cluster, it)).orElse(List.of());
        if (called.isEmpty()) {
            var why = whyEmpty(name, origins);
            var sources =
                    Stream.concat(origins.subset().stream(), origins.definition().stream())
                            .limit(1)
                            .map(Source::of);
            return refused(
                    name,
                    percent,
                    Stream.concat(sources, because.stream()).toList(),
                    http,
                    why,
                    why);
        }
        var endpoints = called.stream().map(Peer::endpoint).toList();
        var step =
                new Step(
                        Stage.CLUSTER,
                        name,
                        "%s by %s among %d %s"
                                .formatted(
                                        label(name),
                                        balancing(cluster),
                                        endpoints.size(),
                                        endpoints.size() == 1 ? "endpoint" : "endpoints"),
                        Stream.concat(
                                        Stream.concat(
                                                serviceSources(origins),
                                                origins.subset().stream().map(Source::of)),
                                        Stream.<Source>empty())
                                .distinct()
                                .toList(),
                        Stream.of(
                                        details(cluster, origins),
                                        assignment.map(it -> order(it, origins)).orElse(List.of()),
                                        endpointDetails(called, origins))
                                .flatMap(List::stream)
                                .toList(),
                        List.of());
        var outcome =
                new Outcome(
                        percent,
                        End.FORWARDED,
                        null,
                        name,
                        null,
                        null,
                        endpoints,
                        "%s (%d %s, %s)"
                                .formatted(
                                        label(name),
                                        endpoints.size(),
                                        endpoints.size() == 1 ? "endpoint" : "endpoints",
                                        endpoints.stream()
                                                .map(it -> it.transport().words())
                                                .distinct()
                                                .sorted()
                                                .collect(Collectors.joining(" or "))),
                        because);
        return new Target(
                step,
                outcome,
                called,
                Party.sources(Optional.ofNullable(origins.parts().get("tls"))));
    }

    private static String edsName(Cluster cluster) {
        var name = cluster.getEdsClusterConfig().getServiceName();
        return name.isEmpty() ? cluster.getName() : name;
    }

    private static Target refused(
            String name,
            double percent,
            List<Source> because,
            boolean http,
            String step,
            String why) {
        return new Target(
                new Step(Stage.CLUSTER, name, step, because, List.of(), List.of()),
                new Outcome(
                        percent,
                        http ? End.ANSWERED : End.CLOSED,
                        http ? Integer.valueOf(503) : null,
                        name,
                        null,
                        null,
                        List.of(),
                        (http ? "503: " : "closed: ") + why,
                        because),
                List.of(),
                List.of());
    }

    private static String whyEmpty(String name, ClusterOrigins origins) {
        var service = origins.service().map(it -> it.host()).orElse(name);
        return origins.subset().isPresent()
                ? "no endpoint of %s has the labels of its subset: %s"
                        .formatted(label(name), words(origins.subsetLabels()))
                : "no workload of %s is known".formatted(service);
    }

    private static String words(Map<String, String> labels) {
        return labels.entrySet().stream()
                .map(label -> label.getKey() + "=" + label.getValue())
                .sorted()
                .collect(Collectors.joining(", "));
    }

    /// `reviews v1` for `outbound|9080|v1|reviews.shop.svc.cluster.local`.
    static String label(String cluster) {
        var parts = cluster.split("\\|", -1);
        if (parts.length != 4) {
            return cluster;
        }
        var host =
                parts[3].endsWith(".svc.cluster.local")
                        ? parts[3].substring(0, parts[3].indexOf('.'))
                        : parts[3];
        return parts[2].isEmpty() || parts[0].equals("inbound") ? host : host + " " + parts[2];
    }

    private static Stream<Source> serviceSources(ClusterOrigins origins) {
        return origins.definition().stream().map(Source::of);
    }

    private static String balancing(Cluster cluster) {
        return switch (cluster.getLbPolicy()) {
            case ROUND_ROBIN -> "round robin";
            case LEAST_REQUEST -> "least requests";
            case RANDOM -> "chance";
            case RING_HASH -> "hash (ring)";
            case MAGLEV -> "hash (Maglev)";
            default -> cluster.getLbPolicy().name().toLowerCase(java.util.Locale.ROOT);
        };
    }

    private static List<Detail> details(Cluster cluster, ClusterOrigins origins) {
        var details = new ArrayList<Detail>();
        part(details, origins, "loadBalancer", "load balancing is set");
        if (cluster.hasCircuitBreakers()) {
            limits(cluster.getCircuitBreakers())
                    .ifPresent(text -> part(details, origins, "connectionPool", text));
        } else {
            part(details, origins, "connectionPool", "connection settings");
        }
        if (cluster.hasOutlierDetection()) {
            part(
                    details,
                    origins,
                    "outlierDetection",
                    "endpoints that fail are left out for a while (outlier detection)");
        }
        part(details, origins, "tls", "TLS is set by hand");
        part(details, origins, "proxyProtocol", "begins with the PROXY protocol");
        part(details, origins, "retryBudget", "retries have a budget");
        return details;
    }

    private static void part(
            List<Detail> details, ClusterOrigins origins, String field, String text) {
        var origin = origins.parts().get(field);
        if (origin != null) {
            details.add(new Detail(text, List.of(Source.of(origin))));
        }
    }

    private static Optional<String> limits(CircuitBreakers breakers) {
        var limits = new ArrayList<String>();
        for (var threshold : breakers.getThresholdsList()) {
            limit(
                    limits,
                    threshold.hasMaxConnections(),
                    threshold.getMaxConnections(),
                    "connections");
            limit(
                    limits,
                    threshold.hasMaxPendingRequests(),
                    threshold.getMaxPendingRequests(),
                    "waiting requests");
            limit(limits, threshold.hasMaxRequests(), threshold.getMaxRequests(), "requests");
            limit(limits, threshold.hasMaxRetries(), threshold.getMaxRetries(), "retries");
        }
        return Optional.of(
                limits.isEmpty() ? "connection settings" : "at most " + String.join(", ", limits));
    }

    private static void limit(
            List<String> limits, boolean set, com.google.protobuf.UInt32Value value, String of) {
        if (set && value.getValue() > 0 && value.getValue() != UNLIMITED) {
            limits.add(value.getValue() + " " + of);
        }
    }

    private List<Peer> called(Cluster cluster, ClusterLoadAssignment assignment) {
        var called = new ArrayList<Peer>();
        for (var locality : assignment.getEndpointsList()) {
            for (var endpoint : locality.getLbEndpointsList()) {
                called.add(peer(cluster, endpoint));
            }
        }
        return called;
    }

    private Peer peer(Cluster cluster, LbEndpoint endpoint) {
        var address = endpoint.getEndpoint().getAddress();
        var speech = speech(socket(cluster, endpoint.getMetadata()));
        return new Peer(
                new Endpoint(
                        text(address),
                        instance(endpoint.getMetadata()),
                        endpoint.hasLoadBalancingWeight()
                                ? endpoint.getLoadBalancingWeight().getValue()
                                : 1,
                        speech.transport()),
                address.getSocketAddress().getAddress(),
                address.getSocketAddress().getPortValue(),
                speech);
    }

    static String text(Address address) {
        if (address.hasPipe()) {
            return "unix://" + address.getPipe().getPath();
        }
        var socket = address.getSocketAddress();
        var host = socket.getAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + socket.getPortValue();
    }

    private static @Nullable String instance(Metadata metadata) {
        var fields =
                metadata.getFilterMetadataOrDefault("istio", Struct.getDefaultInstance())
                        .getFieldsMap();
        var uid = fields.get("uid");
        return uid == null ? null : uid.getStringValue();
    }

    /// The first one of those that are for endpoints like this one, else the cluster's own.
    private static Optional<TransportSocket> socket(Cluster cluster, Metadata metadata) {
        var has =
                metadata.getFilterMetadataOrDefault(SOCKET_MATCH, Struct.getDefaultInstance())
                        .getFieldsMap();
        for (var match : cluster.getTransportSocketMatchesList()) {
            if (isIn(match.getMatch().getFieldsMap(), has)) {
                return Optional.of(match.getTransportSocket());
            }
        }
        return cluster.hasTransportSocket()
                ? Optional.of(cluster.getTransportSocket())
                : Optional.empty();
    }

    private static boolean isIn(Map<String, Value> wanted, Map<String, Value> has) {
        return wanted.entrySet().stream()
                .allMatch(entry -> entry.getValue().equals(has.get(entry.getKey())));
    }

    private static Speech speech(Optional<TransportSocket> socket) {
        if (socket.isEmpty() || !socket.get().hasTypedConfig()) {
            return Speech.PLAINTEXT;
        }
        var config = socket.get().getTypedConfig();
        if (config.is(ProxyProtocolUpstreamTransport.class)) {
            return speech(
                    Optional.of(
                            Resources.unpacked(config, ProxyProtocolUpstreamTransport.class)
                                    .getTransportSocket()));
        }
        if (!config.is(UpstreamTlsContext.class)) {
            return Speech.PLAINTEXT;
        }
        var tls = Resources.unpacked(config, UpstreamTlsContext.class);
        var common = tls.getCommonTlsContext();
        var certificate =
                common.getTlsCertificateSdsSecretConfigsCount() > 0
                        || common.getTlsCertificatesCount() > 0;
        return new Speech(
                certificate ? Transport.MTLS : Transport.TLS,
                tls.getSni(),
                common.getAlpnProtocolsList(),
                names(common));
    }

    private static List<String> names(CommonTlsContext common) {
        var validation =
                common.hasCombinedValidationContext()
                        ? common.getCombinedValidationContext().getDefaultValidationContext()
                        : common.getValidationContext();
        return validation.getMatchTypedSubjectAltNamesList().stream()
                .map(name -> name.getMatcher().getExact())
                .distinct()
                .toList();
    }

    /// In which order, or by which shares, localities are asked; nothing where it is all the same.
    private static List<Detail> order(ClusterLoadAssignment assignment, ClusterOrigins origins) {
        var levels = new TreeMap<Integer, List<LocalityLbEndpoints>>();
        for (var group : assignment.getEndpointsList()) {
            levels.computeIfAbsent(group.getPriority(), _ -> new ArrayList<>()).add(group);
        }
        var weighted =
                assignment.getEndpointsList().stream()
                        .anyMatch(LocalityLbEndpoints::hasLoadBalancingWeight);
        if (!weighted || assignment.getEndpointsCount() < 2) {
            return List.of();
        }
        var words =
                levels.values().stream()
                        .map(Targets::places)
                        .collect(Collectors.joining("; as those fail "));
        return List.of(
                new Detail(
                        (levels.size() > 1 ? "near ones first: " : "by locality: ") + words,
                        Party.sources(Optional.ofNullable(origins.parts().get("loadBalancer")))));
    }

    private static String places(List<LocalityLbEndpoints> groups) {
        long total = groups.stream().mapToLong(it -> it.getLoadBalancingWeight().getValue()).sum();
        return groups.stream()
                .map(group ->
                        place(group.getLocality())
                                + (groups.size() == 1
                                        ? ""
                                        : " %d%%"
                                                .formatted(
                                                        Math.round(
                                                                100.0
                                                                        * group.getLoadBalancingWeight()
                                                                                .getValue()
                                                                        / total))))
                .collect(Collectors.joining(", "));
    }

    private static String place(Locality locality) {
        var place =
                Stream.of(locality.getRegion(), locality.getZone(), locality.getSubZone())
                        .filter(part -> !part.isEmpty())
                        .collect(Collectors.joining("/"));
        return place.isEmpty() ? "somewhere" : place;
    }

    /// One line per workload, and one for how it is spoken to.
    private List<Detail> endpointDetails(List<Peer> called, ClusterOrigins origins) {
        var details = new ArrayList<Detail>();
        for (var speech : called.stream().map(Peer::speech).distinct().toList()) {
            details.add(
                    new Detail(
                            switch (speech.transport()) {
                                case PLAINTEXT -> "speaks plaintext" + to(called, speech);
                                case MTLS, TLS ->
                                        "speaks %s%s%s"
                                                .formatted(
                                                        speech.transport().words(),
                                                        to(called, speech),
                                                        speech.names().isEmpty()
                                                                ? ", whoever answers"
                                                                : ", only to "
                                                                        + String.join(
                                                                                " or ",
                                                                                speech.names()));
                            },
                            Optional.ofNullable(origins.parts().get("tls")).stream()
                                    .map(Source::of)
                                    .toList()));
        }
        for (var one : called) {
            var instance = one.endpoint().workload();
            var workload =
                    instance == null
                            ? Optional.<Workload>empty()
                            : party.workload(instance, origins.service());
            var weights = called.stream().map(it -> it.endpoint().weight()).distinct().count() > 1;
            details.add(
                    new Detail(
                            "%s%s%s"
                                    .formatted(
                                            one.endpoint().address(),
                                            instance == null ? "" : " " + instance,
                                            weights ? ", weight " + one.endpoint().weight() : ""),
                            Party.sources(
                                    workload.flatMap(it ->
                                            party.provenance().workload(it, origins.service())))));
        }
        return details;
    }

    private static String to(List<Peer> called, Speech speech) {
        return called.stream().allMatch(it -> it.speech().equals(speech))
                ? ""
                : " to "
                        + called.stream()
                                .filter(it -> it.speech().equals(speech))
                                .map(it -> it.endpoint().address())
                                .collect(Collectors.joining(", "));
    }
}
