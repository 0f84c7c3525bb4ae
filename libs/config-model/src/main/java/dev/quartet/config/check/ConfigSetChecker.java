package dev.quartet.config.check;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.Destination;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.ServicePort;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.security.PeerAuthentication;
import dev.quartet.expressions.NearNames;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Judges a whole set: what refers to something that is not there, and what claims the same thing twice.
/// Pure and thread-safe; the problems come in the order of the resources' keys.
public final class ConfigSetChecker {
    private static final String MESH = "mesh";
    private static final int MAX_SUGGESTIONS = 100;

    private ConfigSetChecker() {}

    /// A service that is known from elsewhere than ServiceEntries, for example from Kubernetes.
    public record KnownService(String host, Set<Integer> ports) {
        public KnownService {
            ports = Set.copyOf(ports);
        }
    }

    public static List<Problem> check(Collection<Resource<?>> resources) {
        return check(resources, List.of());
    }

    /// @param services known from elsewhere
    public static List<Problem> check(
            Collection<Resource<?>> resources, Collection<KnownService> services) {
        return new ConfigSet(resources, services, resource -> "").check();
    }

    /// With the file and line of each problem, and of the other resource where two collide.
    public static List<Problem> checkRead(
            Collection<ReadResource> resources, Collection<KnownService> services) {
        var positions = new IdentityHashMap<Resource<?>, ReadResource>();
        var byKey = new HashMap<ResourceKey, ReadResource>();
        for (var read : resources) {
            positions.put(read.resource(), read);
            byKey.putIfAbsent(read.resource().key(), read);
        }
        var plain = resources.stream().<Resource<?>>map(ReadResource::resource).toList();
        var set =
                new ConfigSet(
                        plain,
                        services,
                        resource -> {
                            var read = positions.get(resource);
                            return read == null ? "" : " (" + read.position() + ")";
                        });
        return set.check().stream()
                .map(problem -> {
                    var read = problem.resource() == null ? null : byKey.get(problem.resource());
                    return read == null ? problem : read.locate(problem);
                })
                .toList();
    }

    /// Says where a resource stands, for messages about two of them.
    private interface Places {
        String of(Resource<?> resource);
    }

    private static final class ConfigSet {
        private final List<Resource<?>> resources;
        private final Places places;
        private final List<Problem> problems = new ArrayList<>();

        /// Ports by host; hosts in order.
        private final Map<String, Set<Integer>> services = new TreeMap<>();

        private final List<String> wildcardServices = new ArrayList<>();

        /// Subset names by resolved host.
        private final Map<String, Set<String>> subsets = new HashMap<>();

        private final Set<String> gateways = new TreeSet<>();

        /// Looking for a near name costs a walk over all services.
        private int suggestions;

        ConfigSet(
                Collection<Resource<?>> resources, Collection<KnownService> known, Places places) {
            this.resources =
                    resources.stream().sorted(Comparator.comparing(Resource::key)).toList();
            this.places = places;
            known.forEach(service -> addService(service.host(), service.ports()));
        }

        List<Problem> check() {
            duplicates();
            index();
            for (var resource : resources) {
                switch (resource.spec()) {
                    case VirtualService spec -> virtualService(resource, spec);
                    case DestinationRule spec -> destinationRule(resource, spec);
                    default -> {}
                }
            }
            conflictingVirtualServices();
            conflictingDestinationRules();
            conflictingServiceEntries();
            conflictingPeerAuthentications();
            severalMeshConfigs();
            return List.copyOf(problems);
        }

        private void add(
                Reason reason, Resource<?> resource, FieldPath path, String fault, String fix) {
            problems.add(new Problem(reason, resource.key(), null, path, fault, fix));
        }

        private void duplicates() {
            for (int i = 1; i < resources.size(); i++) {
                var earlier = resources.get(i - 1);
                var resource = resources.get(i);
                if (earlier.key().equals(resource.key())) {
                    problems.add(
                            new Problem(
                                    Reason.DUPLICATE_RESOURCE,
                                    resource.key(),
                                    null,
                                    FieldPath.METADATA,
                                    resource.key()
                                            + " stands here twice"
                                            + places.of(earlier)
                                            + places.of(resource),
                                    "keep one of them, or rename it"));
                }
            }
        }

        private void index() {
            for (var resource : resources) {
                switch (resource.spec()) {
                    case ServiceEntry spec -> {
                        var ports =
                                spec.ports().stream()
                                        .map(ServicePort::number)
                                        .collect(Collectors.toSet());
                        spec.hosts()
                                .forEach(host ->
                                        addService(
                                                Hosts.resolve(host, resource.namespace()), ports));
                    }
                    case DestinationRule spec -> {
                        var names =
                                subsets.computeIfAbsent(
                                        Hosts.resolve(spec.host(), resource.namespace()),
                                        host -> new TreeSet<>());
                        spec.subsets().forEach(subset -> names.add(subset.name()));
                    }
                    case Gateway spec -> gateways.add(resource.key().namespacedName());
                    default -> {}
                }
            }
        }

        private void addService(String host, Set<Integer> ports) {
            if (host.startsWith("*")) {
                wildcardServices.add(host);
            }
            services.computeIfAbsent(host, h -> new TreeSet<>()).addAll(ports);
        }

        private @Nullable Set<Integer> portsOf(String host) {
            var ports = services.get(host);
            if (ports != null) {
                return ports;
            }
            for (var wildcard : wildcardServices) {
                if (Hosts.covers(wildcard, host)) {
                    return services.get(wildcard);
                }
            }
            return null;
        }

        private String hostFix(String host) {
            if (++suggestions > MAX_SUGGESTIONS) {
                return "add a ServiceEntry for it, or name another service";
            }
            return NearNames.of(host, services.keySet())
                    .map(near -> "did you mean " + near + "?")
                    .orElse("add a ServiceEntry for it, or name another service");
        }

        private void virtualService(Resource<?> resource, VirtualService spec) {
            for (int i = 0; i < spec.gateways().size(); i++) {
                gateway(
                        resource,
                        spec.gateways().get(i),
                        FieldPath.SPEC.field("gateways").index(i));
            }
            for (int i = 0; i < spec.http().size(); i++) {
                var route = spec.http().get(i);
                var path = FieldPath.SPEC.field("http").index(i);
                for (int j = 0; j < route.match().size(); j++) {
                    var inner = path.field("match").index(j).field("gateways");
                    var names = route.match().get(j).gateways();
                    for (int k = 0; k < names.size(); k++) {
                        gateway(resource, names.get(k), inner.index(k));
                    }
                }
                for (int j = 0; j < route.route().size(); j++) {
                    destination(
                            resource,
                            route.route().get(j).destination(),
                            path.field("route").index(j).field("destination"));
                }
                if (route.mirror() != null) {
                    destination(resource, route.mirror(), path.field("mirror"));
                }
                for (int j = 0; j < route.mirrors().size(); j++) {
                    destination(
                            resource,
                            route.mirrors().get(j).destination(),
                            path.field("mirrors").index(j).field("destination"));
                }
            }
            for (int i = 0; i < spec.tls().size(); i++) {
                for (int j = 0; j < spec.tls().get(i).route().size(); j++) {
                    destination(
                            resource,
                            spec.tls().get(i).route().get(j).destination(),
                            FieldPath.SPEC
                                    .field("tls")
                                    .index(i)
                                    .field("route")
                                    .index(j)
                                    .field("destination"));
                }
            }
            for (int i = 0; i < spec.tcp().size(); i++) {
                for (int j = 0; j < spec.tcp().get(i).route().size(); j++) {
                    destination(
                            resource,
                            spec.tcp().get(i).route().get(j).destination(),
                            FieldPath.SPEC
                                    .field("tcp")
                                    .index(i)
                                    .field("route")
                                    .index(j)
                                    .field("destination"));
                }
            }
        }

        private void gateway(Resource<?> resource, String name, FieldPath path) {
            if (name.equals(MESH) || gateways.contains(gatewayKey(resource, name))) {
                return;
            }
            add(
                    Reason.GATEWAY_NOT_FOUND,
                    resource,
                    path,
                    "there is no Gateway " + quoted(gatewayKey(resource, name)),
                    gateways.isEmpty()
                            ? "add it"
                            : "add it, or use one of " + String.join(", ", gateways));
        }

        private static String gatewayKey(Resource<?> resource, String name) {
            if (name.startsWith("./")) {
                return resource.namespace() + name.substring(1);
            }
            return name.indexOf('/') >= 0 ? name : resource.namespace() + "/" + name;
        }

        private void destination(Resource<?> resource, Destination destination, FieldPath path) {
            var host = Hosts.resolve(destination.host(), resource.namespace());
            var ports = portsOf(host);
            if (ports == null) {
                add(
                        Reason.HOST_NOT_FOUND,
                        resource,
                        path.field("host"),
                        "there is no service " + quoted(host),
                        hostFix(host));
                return;
            }
            var port = destination.port();
            if (port != null && !ports.contains(port.number())) {
                add(
                        Reason.PORT_NOT_FOUND,
                        resource,
                        path.field("port").field("number"),
                        "the service " + quoted(host) + " has no port " + port.number(),
                        "use one of "
                                + ports.stream()
                                        .map(String::valueOf)
                                        .collect(Collectors.joining(", ")));
            }
            var subset = destination.subset();
            if (subset != null && !subsetsOf(host).contains(subset)) {
                var known = subsetsOf(host);
                add(
                        Reason.SUBSET_NOT_FOUND,
                        resource,
                        path.field("subset"),
                        "subset "
                                + quoted(subset)
                                + " is in no DestinationRule for host "
                                + quoted(host),
                        known.isEmpty()
                                ? "define it there"
                                : "define it there, or use one of " + String.join(", ", known));
            }
        }

        private Set<String> subsetsOf(String host) {
            var own = subsets.get(host);
            if (own != null) {
                return own;
            }
            return subsets.entrySet().stream()
                    .filter(entry -> Hosts.covers(entry.getKey(), host))
                    .flatMap(entry -> entry.getValue().stream())
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        private void destinationRule(Resource<?> resource, DestinationRule spec) {
            var host = Hosts.resolve(spec.host(), resource.namespace());
            var found =
                    host.startsWith("*")
                            ? services.keySet().stream()
                                    .anyMatch(service -> Hosts.covers(host, service))
                            : portsOf(host) != null;
            if (!found) {
                add(
                        Reason.HOST_NOT_FOUND,
                        resource,
                        FieldPath.SPEC.field("host"),
                        "there is no service " + quoted(host),
                        hostFix(host));
            }
        }

        private void conflictingVirtualServices() {
            var owners = new HashMap<String, Resource<?>>();
            for (var resource : resources) {
                if (resource.spec() instanceof VirtualService spec) {
                    var bound = spec.gateways().isEmpty() ? List.of(MESH) : spec.gateways();
                    for (int i = 0; i < spec.hosts().size(); i++) {
                        var host = Hosts.resolve(spec.hosts().get(i), resource.namespace());
                        for (var name : new TreeSet<>(bound)) {
                            // on a gateway the routes of several resources for one host are merged,
                            // as in Istio
                            if (name.equals(MESH)) {
                                claim(
                                        owners,
                                        host,
                                        resource,
                                        FieldPath.SPEC.field("hosts").index(i),
                                        "routes");
                            }
                        }
                    }
                }
            }
        }

        private void claim(
                Map<String, Resource<?>> owners,
                String what,
                Resource<?> resource,
                FieldPath path,
                String of) {
            var owner = owners.putIfAbsent(what, resource);
            if (owner != null && !owner.key().equals(resource.key())) {
                add(
                        Reason.CONFLICTING_HOSTS,
                        resource,
                        path,
                        "the "
                                + of
                                + " of host "
                                + quoted(what)
                                + " are "
                                + owner.key()
                                + "'s already"
                                + places.of(owner),
                        "put them into one resource");
            }
        }

        private void conflictingDestinationRules() {
            var policies = new HashMap<String, Resource<?>>();
            var owners = new HashMap<String, Resource<?>>();
            for (var resource : resources) {
                if (resource.spec() instanceof DestinationRule spec) {
                    var host = Hosts.resolve(spec.host(), resource.namespace());
                    if (spec.trafficPolicy() != null) {
                        claim(
                                policies,
                                host,
                                resource,
                                FieldPath.SPEC.field("trafficPolicy"),
                                "settings");
                    }
                    for (int i = 0; i < spec.subsets().size(); i++) {
                        var name = spec.subsets().get(i).name();
                        var owner = owners.putIfAbsent(host + "|" + name, resource);
                        if (owner != null && !owner.key().equals(resource.key())) {
                            add(
                                    Reason.CONFLICTING_HOSTS,
                                    resource,
                                    FieldPath.SPEC.field("subsets").index(i),
                                    "subset "
                                            + quoted(name)
                                            + " of host "
                                            + quoted(host)
                                            + " is "
                                            + owner.key()
                                            + "'s already"
                                            + places.of(owner),
                                    "rename one of them");
                        }
                    }
                }
            }
        }

        private void conflictingServiceEntries() {
            var owners = new HashMap<String, Resource<?>>();
            for (var resource : resources) {
                if (resource.spec() instanceof ServiceEntry spec) {
                    for (int i = 0; i < spec.hosts().size(); i++) {
                        var host =
                                Hosts.resolve(spec.hosts().get(i), resource.namespace())
                                        .toLowerCase(Locale.ROOT);
                        claim(
                                owners,
                                host,
                                resource,
                                FieldPath.SPEC.field("hosts").index(i),
                                "workloads");
                    }
                }
            }
        }

        private void conflictingPeerAuthentications() {
            var owners = new HashMap<String, Resource<?>>();
            for (var resource : resources) {
                if (resource.spec() instanceof PeerAuthentication spec) {
                    var labels =
                            spec.selector() == null
                                    ? Map.<String, String>of()
                                    : spec.selector().matchLabels();
                    var owner = owners.putIfAbsent(resource.namespace() + labels, resource);
                    if (owner != null && !owner.key().equals(resource.key())) {
                        add(
                                Reason.CONFLICTING_POLICIES,
                                resource,
                                FieldPath.SPEC.field("selector"),
                                owner.key() + " is for the same workloads" + places.of(owner),
                                "put them into one resource");
                    }
                }
            }
        }

        private void severalMeshConfigs() {
            var found =
                    resources.stream()
                            .filter(resource -> resource.key().kind() == Kind.MESH_CONFIG)
                            .toList();
            for (var resource : found.subList(Math.min(1, found.size()), found.size())) {
                if (!resource.key().equals(found.getFirst().key())) {
                    add(
                            Reason.CONFLICTING_POLICIES,
                            resource,
                            FieldPath.METADATA,
                            "the mesh's settings are "
                                    + found.getFirst().key()
                                    + " already"
                                    + places.of(found.getFirst()),
                            "put them into one resource");
                }
            }
        }
    }
}
