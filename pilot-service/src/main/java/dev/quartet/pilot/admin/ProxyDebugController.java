package dev.quartet.pilot.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.quartet.admin.ProblemException;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.pilot.status.ConfigLedger;
import dev.quartet.pilot.translate.PeerTls;
import dev.quartet.pilot.translate.Provenance;
import dev.quartet.pilot.translate.ProxyConfig;
import dev.quartet.pilot.translate.XdsResource;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.AdsServer.Holdings;
import dev.quartet.pilot.xds.ConnectionStatus;
import dev.quartet.pilot.xds.ConnectionStatus.Mark;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// The pages under `/debug` on what proxies are given, as Istio 1.4's Pilot has them. Those on the mesh itself are [DebugController]'s.
///
/// What could be long is bounded: who asks for more than is shown names a proxy by `proxyID`, its node's id or its instance.
@RestController
@Tag(name = "debug")
final class ProxyDebugController {
    /// Proxies of which all resources are told where none is named.
    private static final int MOST_WHOLE_PROXIES = 10;

    private static final int MOST_PROXIES = 1_000;
    private static final int MOST_ENTRIES = 5_000;
    private static final String ENVOY_ADMIN = "type.googleapis.com/envoy.admin.v3.";

    private final PilotView pilot;
    private final ConfigLedger ledger;

    ProxyDebugController(PilotView pilot, ConfigLedger ledger) {
        this.pilot = pilot;
        this.ledger = ledger;
    }

    /// One proxy in Istio's words. A version is `revision/nonce` of a response; sent and acked are the same when nothing hangs.
    record SyncView(
            String proxy,
            String proxy_version,
            String istio_version,
            String cluster_sent,
            String cluster_acked,
            String listener_sent,
            String listener_acked,
            String route_sent,
            String route_acked,
            String endpoint_sent,
            String endpoint_acked,
            int endpoint_percent) {
        static SyncView of(ConnectionStatus status) {
            var types = status.types();
            var endpoints = type(types, XdsType.EDS);
            return new SyncView(
                    status.proxy().id(),
                    status.proxy().envoyVersion(),
                    "",
                    sent(types, XdsType.CDS),
                    acked(types, XdsType.CDS),
                    sent(types, XdsType.LDS),
                    acked(types, XdsType.LDS),
                    sent(types, XdsType.RDS),
                    acked(types, XdsType.RDS),
                    sent(types, XdsType.EDS),
                    acked(types, XdsType.EDS),
                    endpoints.count() == 0
                            ? 0
                            : Math.max(0, endpoints.count() - endpoints.unacked())
                                    * 100
                                    / endpoints.count());
        }

        private static ConnectionStatus.TypeStatus type(
                SortedMap<XdsType, ConnectionStatus.TypeStatus> types, XdsType type) {
            var found = types.get(type);
            return found == null
                    ? new ConnectionStatus.TypeStatus(0, 0, Mark.NONE, Mark.NONE, null)
                    : found;
        }

        private static String sent(
                SortedMap<XdsType, ConnectionStatus.TypeStatus> types, XdsType type) {
            return text(type(types, type).sent());
        }

        private static String acked(
                SortedMap<XdsType, ConnectionStatus.TypeStatus> types, XdsType type) {
            return text(type(types, type).acked());
        }

        private static String text(Mark mark) {
            return mark.equals(Mark.NONE) ? "" : mark.revision() + "/" + mark.nonce();
        }
    }

    @Operation(
            summary = "What was sent to each proxy and ACKed, as istioctl proxy-status reads it",
            description = "At most 1000 proxies")
    @GetMapping("/debug/syncz")
    List<SyncView> syncz() {
        return sorted(pilot.proxies().stream()).limit(MOST_PROXIES).map(SyncView::of).toList();
    }

    /// The version of the resource where the proxy has ACKed the type with it, else empty.
    record DistributionView(
            String proxy, String cluster_acked, String listener_acked, String route_acked) {}

    @Operation(
            summary = "Which proxies have ACKed the version of a resource that is in force",
            description = "At most 1000 proxies")
    @GetMapping("/debug/config_distribution")
    List<DistributionView> distribution(
            @Parameter(description = "VirtualService/shop/reviews") @RequestParam String resource,
            @RequestParam(name = "proxy_namespace", required = false) @Nullable String namespace) {
        var key = ResourceNames.key("resource", resource);
        var found =
                pilot.snapshot().stream()
                        .<Resource<?>>flatMap(it ->
                                Optional.<Resource<?>>ofNullable(it.config().resources().get(key))
                                        .stream())
                        .findFirst()
                        .orElseThrow(() ->
                                ProblemException.notFound(
                                        "there is no %s in force; GET /debug/configz lists what there is"
                                                .formatted(key)));
        return sorted(pilot.proxies().stream())
                .filter(it -> namespace == null || it.proxy().namespace().equals(namespace))
                .limit(MOST_PROXIES)
                .map(it ->
                        new DistributionView(
                                it.proxy().id(),
                                acked(it, XdsType.CDS, found),
                                acked(it, XdsType.LDS, found),
                                acked(it, XdsType.RDS, found)))
                .toList();
    }

    /// A response that was ACKed later than the resource changed has it, or the resource changes nothing of the type.
    private String acked(ConnectionStatus proxy, XdsType type, Resource<?> resource) {
        var inForce = proxy.revisionInForce();
        var status = proxy.types().get(type);
        var acked = status == null ? "" : status.acked().revision();
        return ledger.isUnchangedSince(inForce, resource.key())
                        || ledger.isUnchangedSince(acked, resource.key())
                ? resource.version()
                : "";
    }

    /// @param push set: looks whether something is to be sent
    @Operation(
            summary = "What each proxy is given",
            description =
                    "Without proxyID of at most 10 proxies. ?push=1 looks at every proxy again; what it has already is not sent.")
    @GetMapping("/debug/adsz")
    Object adsz(
            @RequestParam(required = false) @Nullable String push,
            @RequestParam(required = false) @Nullable String proxyID) {
        if (push != null && !push.isEmpty()) {
            return Map.of(
                    "pushed",
                    pilot.lookAgain(),
                    "note",
                    "every proxy was looked at again; what one has already is not sent, so usually nothing was");
        }
        return proxies(proxyID).stream()
                .map(it -> {
                    var view = node(it);
                    view.put("listeners", content(it, XdsType.LDS));
                    view.put("RDSRoutes", content(it, XdsType.RDS));
                    view.put("clusters", content(it, XdsType.CDS));
                    return view;
                })
                .toList();
    }

    @Operation(
            summary = "The clusters of each proxy",
            description = "Without proxyID of at most 10 proxies")
    @GetMapping("/debug/cdsz")
    List<Map<String, Object>> cdsz(@RequestParam(required = false) @Nullable String proxyID) {
        return proxies(proxyID).stream()
                .map(it -> {
                    var view = node(it);
                    view.put("Clusters", content(it, XdsType.CDS));
                    return view;
                })
                .toList();
    }

    @Operation(
            summary = "The endpoints of each cluster that proxies are given",
            description =
                    "Of the proxy that proxyID names, else of all of up to 10 proxies, each cluster once. ?push=1 does what it does at adsz.")
    @GetMapping("/debug/edsz")
    Object edsz(
            @RequestParam(required = false) @Nullable String push,
            @RequestParam(required = false) @Nullable String proxyID) {
        if (push != null && !push.isEmpty()) {
            return adsz(push, null);
        }
        var byName = new TreeMap<String, XdsResource>();
        for (var proxy : proxies(proxyID)) {
            resources(proxy.goal(), XdsType.EDS)
                    .forEach(resource -> byName.putIfAbsent(resource.name(), resource));
        }
        return byName.values().stream()
                .limit(MOST_ENTRIES)
                .map(resource -> EnvoyJson.of(resource.content()))
                .toList();
    }

    @Operation(summary = "What a proxy should hold, in the form of Envoy's own /config_dump")
    @GetMapping("/debug/config_dump")
    Map<String, Object> configDump(
            @Parameter(description = "A node id or an instance") @RequestParam(required = false)
                    @Nullable String proxyID) {
        var proxy = one(proxyID);
        return Map.of(
                "configs",
                List.of(
                        dump(
                                "ClustersConfigDump",
                                "dynamic_active_clusters",
                                "cluster",
                                proxy,
                                XdsType.CDS),
                        listeners(proxy),
                        dump(
                                "RoutesConfigDump",
                                "dynamic_route_configs",
                                "route_config",
                                proxy,
                                XdsType.RDS),
                        dump(
                                "EndpointsConfigDump",
                                "dynamic_endpoint_configs",
                                "endpoint_config",
                                proxy,
                                XdsType.EDS),
                        dump(
                                "EcdsConfigDump",
                                "ecds_filters",
                                "ecds_filter",
                                proxy,
                                XdsType.ECDS)));
    }

    private static Map<String, Object> dump(
            String message, String list, String field, Holdings proxy, XdsType type) {
        return Map.of(
                "@type",
                ENVOY_ADMIN + message,
                list,
                resources(proxy.goal(), type).stream()
                        .map(it ->
                                Map.of(
                                        "version_info",
                                        it.version(),
                                        field,
                                        EnvoyJson.of(it.content())))
                        .toList());
    }

    private static Map<String, Object> listeners(Holdings proxy) {
        return Map.of(
                "@type",
                ENVOY_ADMIN + "ListenersConfigDump",
                "dynamic_listeners",
                resources(proxy.goal(), XdsType.LDS).stream()
                        .map(it ->
                                Map.of(
                                        "name",
                                        it.name(),
                                        "active_state",
                                        Map.of(
                                                "version_info",
                                                it.version(),
                                                "listener",
                                                EnvoyJson.of(it.content()))))
                        .toList());
    }

    /// Both ends of a service's port, in Istio's words.
    ///
    /// @param server `STRICT`, `PERMISSIVE` or `DISABLE` (no sidecar), several where its workloads differ; `UNKNOWN` outside of the mesh, and
    ///     while there are no workloads
    /// @param client the mode that a DestinationRule sets; `-` where nobody does and auto mTLS decides
    /// @param TLS_conflict_status `CONFLICT` where no connection comes about; `AUTO` where auto mTLS decides
    /// @param tokens that the port believes, by policy and field; absent where nobody says anything about tokens. Not in Istio's
    record AuthenticationView(
            String host,
            int port,
            String authentication_policy_name,
            String destination_rule_name,
            String server,
            String client,
            String TLS_conflict_status,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> tokens) {
        static AuthenticationView of(PeerTls peer, List<Provenance.Believed> tokens) {
            return new AuthenticationView(
                    peer.host(),
                    peer.port(),
                    names(peer.policies()),
                    names(peer.rule().stream().toList()),
                    peer.servers().isEmpty()
                            ? "UNKNOWN"
                            : String.join(", ", peer.servers().stream().map(Enum::name).toList()),
                    peer.client().map(Enum::name).orElse(peer.automatic() ? "-" : "DISABLE"),
                    peer.agreement().name(),
                    tokens.stream()
                            .map(it ->
                                    "%s: %s%s"
                                            .formatted(
                                                    it.origin(),
                                                    it.issuer(),
                                                    it.needed() ? ", needed" : ""))
                            .toList());
        }

        /// Name and namespace, as Istio writes them.
        private static String names(Collection<ResourceKey> keys) {
            return keys.isEmpty()
                    ? "-"
                    : keys.stream()
                            .map(key -> key.name() + "/" + key.namespace())
                            .collect(Collectors.joining(", "));
        }
    }

    @Operation(
            summary =
                    "How a proxy and the services that it sees speak TLS with each other, as istioctl authn tls-check reads it, and which tokens these believe",
            description = "At most 5000 ports")
    @GetMapping("/debug/authenticationz")
    List<AuthenticationView> authenticationz(
            @Parameter(description = "A node id or an instance") @RequestParam(required = false)
                    @Nullable String proxyID) {
        var proxy = one(proxyID).status().proxy();
        return pilot.current().map(it -> it.translation().provenance(proxy)).stream()
                .flatMap(provenance ->
                        provenance.peers().stream()
                                .limit(MOST_ENTRIES)
                                .map(peer -> AuthenticationView.of(peer, provenance.tokens(peer))))
                .toList();
    }

    @Operation(
            summary = "The AuthorizationPolicies that decide over a proxy's requests",
            description = "Those of the root namespace first; DENY is decided before ALLOW")
    @GetMapping("/debug/authorizationz")
    List<AuthorizationView> authorizationz(
            @Parameter(description = "A node id or an instance") @RequestParam(required = false)
                    @Nullable String proxyID) {
        var proxy = one(proxyID).status().proxy();
        return pilot
                .current()
                .map(it -> it.translation().provenance(proxy).accessPolicies())
                .orElse(List.of())
                .stream()
                .map(AuthorizationView::of)
                .toList();
    }

    private static Stream<ConnectionStatus> sorted(Stream<ConnectionStatus> proxies) {
        return proxies.sorted(Comparator.comparing(it -> it.proxy().id()));
    }

    private Holdings one(@Nullable String proxyID) {
        if (proxyID == null || proxyID.isBlank()) {
            throw ProblemException.badRequest(
                    "say whose config with ?proxyID=, a node id or an instance; GET /debug/syncz lists them");
        }
        return proxies(proxyID).getFirst();
    }

    /// @param proxyID null: the first ones
    private List<Holdings> proxies(@Nullable String proxyID) {
        if (proxyID == null || proxyID.isBlank()) {
            return pilot.connected().stream()
                    .map(proxy -> proxy.instance())
                    .sorted()
                    .distinct()
                    .limit(MOST_WHOLE_PROXIES)
                    .flatMap(instance -> pilot.holdings(instance).stream())
                    .toList();
        }
        var instance =
                pilot.connected().stream()
                        .filter(proxy ->
                                proxy.id().equals(proxyID) || proxy.instance().equals(proxyID))
                        .map(proxy -> proxy.instance())
                        .findFirst();
        return instance.flatMap(pilot::holdings)
                .map(List::of)
                .orElseThrow(() ->
                        ProblemException.notFound(
                                "no proxy \"%s\" is connected to this Pilot; GET /debug/syncz lists those that are"
                                        .formatted(proxyID)));
    }

    private static Map<String, Object> node(Holdings proxy) {
        var view = new LinkedHashMap<String, Object>();
        view.put("node", proxy.status().proxy().id());
        view.put("addr", proxy.status().proxy().address());
        view.put("connect", proxy.status().connectedAt());
        return view;
    }

    private static List<Map<String, Object>> content(Holdings proxy, XdsType type) {
        return resources(proxy.goal(), type).stream()
                .limit(MOST_ENTRIES)
                .map(resource -> EnvoyJson.of(resource.content()))
                .toList();
    }

    private static List<XdsResource> resources(@Nullable ProxyConfig goal, XdsType type) {
        return goal == null
                ? List.of()
                : goal.sets(type).stream().flatMap(set -> set.all().stream()).toList();
    }
}
