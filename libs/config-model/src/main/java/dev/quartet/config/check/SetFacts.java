package dev.quartet.config.check;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.mesh.MeshNetworks;
import dev.quartet.config.mixer.HttpApiSpec;
import dev.quartet.config.mixer.HttpApiSpecBinding;
import dev.quartet.config.mixer.QuotaSpec;
import dev.quartet.config.mixer.QuotaSpecBinding;
import dev.quartet.config.mixer.SpecReference;
import dev.quartet.config.networking.Destination;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.GatewayNames;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.HttpMirrorPolicy;
import dev.quartet.config.networking.HttpRouteDestination;
import dev.quartet.config.networking.L4MatchAttributes;
import dev.quartet.config.networking.LabelSelector;
import dev.quartet.config.networking.RouteDestination;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.ServicePort;
import dev.quartet.config.networking.TlsMatchAttributes;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.security.PeerAuthentication;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What one resource means for the others: what it brings, what it names, and what only one can have. Immutable; follows from the
/// resource alone.
///
/// @param services that it makes, with their ports
/// @param rule that it is
/// @param referable its key, if others name it: a gateway, a spec of a binding, a delegate
record SetFacts(
        List<MadeService> services,
        @Nullable HostRule rule,
        @Nullable ResourceKey referable,
        List<Named> named,
        List<Claim> claims) {
    private static final SetFacts NONE = new SetFacts(List.of(), null, null, List.of(), List.of());

    record MadeService(String host, Set<Integer> ports) {}

    /// @param host its full name
    record HostRule(String host, List<String> subsets) {}

    /// Something that must be there.
    sealed interface Named {
        /// @param host its full name
        record Service(String host, FieldPath path) implements Named {}

        /// @param host its full name
        record Target(String host, @Nullable Integer port, @Nullable String subset, FieldPath path)
                implements Named {}

        record Other(ResourceKey key, FieldPath path) implements Named {}
    }

    /// Something that only one resource of its kind can have.
    sealed interface Claim {
        /// @param namespace empty where it is claimed for the whole mesh
        /// @param callers for whom it is claimed; null: for all that no other claim is for
        /// @param what is claimed of the host, for people
        record OnHost(
                Kind kind,
                String namespace,
                String host,
                @Nullable LabelSelector callers,
                String what,
                FieldPath path)
                implements Claim {}

        record OnWorkloads(Kind kind, String namespace, Map<String, String> labels)
                implements Claim {}

        record OnMesh(Kind kind) implements Claim {}
    }

    static SetFacts of(Resource<?> resource) {
        var namespace = resource.namespace();
        return switch (resource.spec()) {
            case VirtualService spec ->
                    new SetFacts(
                            List.of(),
                            null,
                            spec.isDelegate() ? resource.key() : null,
                            new Routes(namespace).of(spec),
                            spec.isForSidecars()
                                    ? hosts(resource, spec.hosts(), "routes")
                                    : List.of());
            case DestinationRule spec -> rule(namespace, spec);
            case ServiceEntry spec ->
                    new SetFacts(
                            services(namespace, spec),
                            null,
                            null,
                            List.of(),
                            hosts(resource, spec.hosts(), "workloads"));
            case Gateway spec -> referable(resource);
            case QuotaSpec spec -> referable(resource);
            case HttpApiSpec spec -> referable(resource);
            case QuotaSpecBinding spec ->
                    naming(
                            specs(
                                    namespace,
                                    Kind.QUOTA_SPEC,
                                    spec.quotaSpecs(),
                                    FieldPath.SPEC.field("quotaSpecs")));
            case HttpApiSpecBinding spec ->
                    naming(
                            specs(
                                    namespace,
                                    Kind.HTTP_API_SPEC,
                                    spec.apiSpecs(),
                                    FieldPath.SPEC.field("apiSpecs")));
            case PeerAuthentication spec ->
                    claims(
                            new Claim.OnWorkloads(
                                    Kind.PEER_AUTHENTICATION,
                                    namespace,
                                    spec.selector() == null
                                            ? Map.of()
                                            : spec.selector().matchLabels()));
            case MeshConfig spec -> claims(new Claim.OnMesh(Kind.MESH_CONFIG));
            case MeshNetworks spec -> claims(new Claim.OnMesh(Kind.MESH_NETWORKS));
            default -> NONE;
        };
    }

    private static SetFacts referable(Resource<?> resource) {
        return new SetFacts(List.of(), null, resource.key(), List.of(), List.of());
    }

    private static SetFacts naming(List<Named> named) {
        return new SetFacts(List.of(), null, null, named, List.of());
    }

    private static List<Named> specs(
            String own, Kind kind, List<SpecReference> references, FieldPath path) {
        var named = new ArrayList<Named>();
        for (int i = 0; i < references.size(); i++) {
            var reference = references.get(i);
            var namespace = reference.namespace() == null ? own : reference.namespace();
            named.add(
                    new Named.Other(
                            new ResourceKey(kind, namespace, reference.name()),
                            path.index(i).field("name")));
        }
        return List.copyOf(named);
    }

    private static SetFacts claims(Claim claim) {
        return new SetFacts(List.of(), null, null, List.of(), List.of(claim));
    }

    /// Callers follow the rule of their own namespace before others, so each namespace can have one, and one more for the callers that it
    /// selects.
    private static SetFacts rule(String namespace, DestinationRule spec) {
        var host = Hosts.resolve(spec.host(), namespace);
        var path = FieldPath.SPEC.field("host");
        return new SetFacts(
                List.of(),
                new HostRule(host, spec.subsets().stream().map(subset -> subset.name()).toList()),
                null,
                Values.isWildcard(spec.host()) ? List.of() : List.of(new Named.Service(host, path)),
                List.of(
                        new Claim.OnHost(
                                Kind.DESTINATION_RULE,
                                namespace,
                                host,
                                spec.workloadSelector(),
                                "settings",
                                path)));
    }

    private static List<MadeService> services(String namespace, ServiceEntry spec) {
        var ports =
                spec.ports().stream()
                        .map(ServicePort::number)
                        .collect(Collectors.toCollection(TreeSet::new));
        return spec.hosts().stream()
                .map(host -> new MadeService(Hosts.resolve(host, namespace), ports))
                .toList();
    }

    private static List<Claim> hosts(Resource<?> resource, List<String> hosts, String what) {
        var claims = new ArrayList<Claim>();
        for (int i = 0; i < hosts.size(); i++) {
            claims.add(
                    new Claim.OnHost(
                            resource.key().kind(),
                            "",
                            Hosts.resolve(hosts.get(i), resource.namespace()),
                            null,
                            what,
                            FieldPath.SPEC.field("hosts").index(i)));
        }
        return List.copyOf(claims);
    }

    /// What the routes of a VirtualService name. One use.
    private static final class Routes {
        private final String namespace;
        private final List<Named> named = new ArrayList<>();

        Routes(String namespace) {
            this.namespace = namespace;
        }

        List<Named> of(VirtualService spec) {
            gateways(spec.gateways(), FieldPath.SPEC.field("gateways"));
            for (int i = 0; i < spec.http().size(); i++) {
                var route = spec.http().get(i);
                var path = FieldPath.SPEC.field("http").index(i);
                gatewaysOfMatches(
                        route.match().stream().map(HttpMatchRequest::gateways).toList(), path);
                destinations(
                        route.route().stream().map(HttpRouteDestination::destination).toList(),
                        path.field("route"));
                if (route.delegate() != null) {
                    named.add(
                            new Named.Other(
                                    route.delegate().key(namespace), path.field("delegate")));
                }
                if (route.mirror() != null) {
                    destination(route.mirror(), path.field("mirror"));
                }
                destinations(
                        route.mirrors().stream().map(HttpMirrorPolicy::destination).toList(),
                        path.field("mirrors"));
            }
            for (int i = 0; i < spec.tls().size(); i++) {
                var route = spec.tls().get(i);
                var path = FieldPath.SPEC.field("tls").index(i);
                gatewaysOfMatches(
                        route.match().stream().map(TlsMatchAttributes::gateways).toList(), path);
                destinations(
                        route.route().stream().map(RouteDestination::destination).toList(),
                        path.field("route"));
            }
            for (int i = 0; i < spec.tcp().size(); i++) {
                var route = spec.tcp().get(i);
                var path = FieldPath.SPEC.field("tcp").index(i);
                gatewaysOfMatches(
                        route.match().stream().map(L4MatchAttributes::gateways).toList(), path);
                destinations(
                        route.route().stream().map(RouteDestination::destination).toList(),
                        path.field("route"));
            }
            return List.copyOf(named);
        }

        private void gatewaysOfMatches(List<List<String>> gateways, FieldPath route) {
            for (int i = 0; i < gateways.size(); i++) {
                gateways(gateways.get(i), route.field("match").index(i).field("gateways"));
            }
        }

        private void gateways(List<String> names, FieldPath path) {
            for (int i = 0; i < names.size(); i++) {
                if (!names.get(i).equals(VirtualService.MESH)) {
                    named.add(
                            new Named.Other(
                                    GatewayNames.key(names.get(i), namespace), path.index(i)));
                }
            }
        }

        private void destinations(List<Destination> destinations, FieldPath path) {
            for (int i = 0; i < destinations.size(); i++) {
                destination(destinations.get(i), path.index(i).field("destination"));
            }
        }

        private void destination(Destination destination, FieldPath path) {
            named.add(
                    new Named.Target(
                            Hosts.resolve(destination.host(), namespace),
                            destination.port() == null ? null : destination.port().number(),
                            destination.subset(),
                            path));
        }
    }
}
