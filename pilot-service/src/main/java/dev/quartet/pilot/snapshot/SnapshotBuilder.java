package dev.quartet.pilot.snapshot;

import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.mixer.Handler;
import dev.quartet.config.mixer.Instance;
import dev.quartet.config.mixer.Rule;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.ServicePort;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.networking.WorkloadEntry;
import dev.quartet.config.networking.WorkloadGroup;
import dev.quartet.config.security.PeerAuthentication;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.ingest.Presence;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.policy.PolicyTable;
import dev.quartet.stream.ConfigSnapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a [MeshSnapshot] of inputs. A pure function but for its memory of the last policy table, which is compiled
/// only when a Mixer resource changes. For one thread.
public final class SnapshotBuilder {
    /// What an unreachable Mixer means for one service: `true` lets requests pass.
    public static final String FAIL_OPEN = "quartet.dev/policyCheckFailOpen";

    private static final Logger LOGGER = LoggerFactory.getLogger(SnapshotBuilder.class);
    private static final String MESH_GATEWAY = "mesh";

    private List<Resource<?>> policyResources = List.of();
    private @Nullable PolicyTable policies;

    public MeshSnapshot build(MeshInputs inputs) {
        var config = inputs.config();
        var facts = new HashMap<FactKey, Object>();
        var settings =
                MeshSettings.of(
                        config.of(MeshConfig.class).stream().map(Resource::spec).findFirst());
        facts.put(new FactKey.Mesh(), settings);
        facts.put(new FactKey.Policies(), policies(config, settings.rootNamespace()));

        var services = services(config, inputs.registry());
        services.forEach((host, service) -> facts.put(new FactKey.ServiceOf(host), service));
        addWorkloads(facts, inputs, services);
        addRules(facts, config);
        addRoutes(facts, config, services);
        addGateways(facts, config);
        config.of(PeerAuthentication.class).stream()
                .collect(Collectors.groupingBy(Resource::namespace))
                .forEach((namespace, list) ->
                        facts.put(new FactKey.PeerAuthentications(namespace), list));
        return new MeshSnapshot(config, facts);
    }

    private PolicyTable policies(ConfigSnapshot config, String rootNamespace) {
        var resources = new ArrayList<Resource<?>>();
        resources.addAll(config.of(Rule.class));
        resources.addAll(config.of(Handler.class));
        resources.addAll(config.of(Instance.class));
        var known = policies;
        if (known != null
                && known.rootNamespace().equals(rootNamespace)
                && resources.equals(policyResources)) {
            return known;
        }
        var built = PolicyTable.build(resources, AttributeVocabulary.standard(), rootNamespace);
        policyResources = List.copyOf(resources);
        policies = built;
        return built;
    }

    /// A host of the registry is the registry's; among ServiceEntries the first has it.
    private static SortedMap<String, Service> services(ConfigSnapshot config, Registry registry) {
        var services = new TreeMap<String, Service>();
        for (var service : registry.services()) {
            services.put(service.host(), service(service));
        }
        for (var entry : config.of(ServiceEntry.class)) {
            for (var host : entry.spec().hosts()) {
                var name = Hosts.resolve(host, entry.namespace());
                services.putIfAbsent(name, service(name, entry));
            }
        }
        return services;
    }

    private static Service service(String host, Resource<ServiceEntry> entry) {
        var spec = entry.spec();
        var inCluster = host.endsWith("." + entry.namespace() + ".svc.cluster.local");
        return new Service(
                host,
                entry.namespace(),
                inCluster ? host.substring(0, host.indexOf('.')) : host,
                spec.ports().stream().map(SnapshotBuilder::port).toList(),
                spec.location() == ServiceEntry.Location.MESH_INTERNAL,
                failOpen(entry.annotations()),
                Optional.of(entry.key()));
    }

    private static Service service(RegisteredService service) {
        return new Service(
                service.host(),
                service.namespace(),
                service.name(),
                service.ports().stream()
                        .map(port ->
                                new Service.Port(
                                        port.number(),
                                        port.name(),
                                        protocol(port.name(), port.appProtocol()),
                                        port.number()))
                        .toList(),
                true,
                failOpen(service.annotations()),
                Optional.empty());
    }

    private static Optional<Boolean> failOpen(Map<String, String> annotations) {
        return Optional.ofNullable(annotations.get(FAIL_OPEN)).map("true"::equals);
    }

    private static Service.Port port(ServicePort port) {
        var target = port.targetPort();
        return new Service.Port(
                port.number(),
                port.name(),
                protocol(port.name(), port.protocol()),
                target == null ? port.number() : target);
    }

    /// A port that does not say what it speaks is read by its name, `http-admin`. What nobody knows is TCP.
    private static Protocol protocol(String name, @Nullable String said) {
        if (said == null || said.isEmpty()) {
            return Protocol.parse(name.contains("-") ? name.substring(0, name.indexOf('-')) : name)
                    .orElse(Protocol.TCP);
        }
        return switch (said) {
            // Kubernetes' own names, KEP-3726
            case "kubernetes.io/h2c" -> Protocol.HTTP2;
            case "kubernetes.io/ws" -> Protocol.HTTP;
            case "kubernetes.io/wss" -> Protocol.HTTPS;
            default -> Protocol.parse(said).orElse(Protocol.TCP);
        };
    }

    private static void addWorkloads(
            Map<FactKey, Object> facts, MeshInputs inputs, SortedMap<String, Service> services) {
        var byNamespace = new HashMap<String, List<Workload>>();
        for (var workload : namedWorkloads(inputs)) {
            facts.put(new FactKey.WorkloadAt(workload.instance()), workload);
            byNamespace
                    .computeIfAbsent(workload.namespace(), ignored -> new ArrayList<>())
                    .add(workload);
        }
        var servicesOf = new HashMap<String, List<Service>>();
        for (var entry : inputs.config().of(ServiceEntry.class)) {
            var members = members(entry, byNamespace.getOrDefault(entry.namespace(), List.of()));
            for (var host : entry.spec().hosts()) {
                var service = services.get(Hosts.resolve(host, entry.namespace()));
                if (service != null && service.origin().filter(entry.key()::equals).isPresent()) {
                    addMembers(facts, servicesOf, service, members); // nobody else has the host
                }
            }
        }
        for (var registered : inputs.registry().services()) {
            var service = services.get(registered.host());
            if (service != null) {
                addMembers(facts, servicesOf, service, members(registered, facts));
            }
        }
        servicesOf.forEach((instance, list) ->
                facts.put(new FactKey.ServicesOfWorkload(instance), List.copyOf(list)));
    }

    private static void addMembers(
            Map<FactKey, Object> facts,
            Map<String, List<Service>> servicesOf,
            Service service,
            List<Workload> members) {
        facts.put(new FactKey.WorkloadsOf(service.host()), members);
        for (var member : members) {
            servicesOf
                    .computeIfAbsent(member.instance(), ignored -> new ArrayList<>())
                    .add(service);
        }
    }

    private static List<Workload> members(RegisteredService service, Map<FactKey, Object> facts) {
        var members = new ArrayList<Workload>();
        for (var instance : service.members()) {
            if (facts.get(new FactKey.WorkloadAt(instance)) instanceof Workload workload) {
                members.add(workload);
            }
        }
        return List.copyOf(members);
    }

    /// Workloads that have a name: the registry's, entries, and proxies that registered with a group.
    private static List<Workload> namedWorkloads(MeshInputs inputs) {
        var config = inputs.config();
        var workloads = new ArrayList<Workload>();
        for (var registered : inputs.registry().workloads()) {
            workloads.add(
                    new Workload(
                            registered.instance(),
                            registered.name(),
                            registered.namespace(),
                            registered.address(),
                            registered.ports(),
                            registered.labels(),
                            registered.serviceAccount(),
                            1,
                            registered.hasSidecar()));
        }
        for (var entry : config.of(WorkloadEntry.class)) {
            var labels = new TreeMap<>(entry.labels());
            labels.putAll(entry.spec().labels());
            workloads.add(
                    workload(
                            entry.name() + "." + entry.namespace(),
                            entry.name(),
                            entry.namespace(),
                            entry.spec(),
                            address(entry.spec()),
                            labels));
        }
        var groups = new HashMap<String, Resource<WorkloadGroup>>();
        config.of(WorkloadGroup.class)
                .forEach(group -> groups.put(group.key().namespacedName(), group));
        for (var presence : inputs.presences().all()) {
            registered(presence, groups.get(presence.namespace() + "/" + presence.group()))
                    .ifPresent(workloads::add);
        }
        return workloads;
    }

    /// A proxy becomes what its group says, when its certificate has the service account that the group asks for.
    private static Optional<Workload> registered(
            Presence presence, @Nullable Resource<WorkloadGroup> group) {
        if (group == null) {
            LOGGER.atDebug()
                    .addKeyValue("name", presence.instance())
                    .addKeyValue(
                            "reason",
                            "no WorkloadGroup " + presence.namespace() + "/" + presence.group())
                    .log("Workload is not registered");
            return Optional.empty();
        }
        var template = group.spec().template();
        var wanted = template.serviceAccount() == null ? "default" : template.serviceAccount();
        if (!wanted.equals(presence.serviceAccount())) {
            LOGGER.atWarn()
                    .addKeyValue("name", presence.instance())
                    .addKeyValue(
                            "reason",
                            "the group asks for service account %s, the certificate has %s"
                                    .formatted(wanted, presence.serviceAccount()))
                    .log("Workload is not registered");
            return Optional.empty();
        }
        var labels = new TreeMap<>(template.labels());
        var metadata = group.spec().metadata();
        if (metadata != null) {
            labels.putAll(metadata.labels());
        }
        return Optional.of(
                new Workload(
                        presence.instance(),
                        group.name(),
                        group.namespace(),
                        presence.address(),
                        Collections.unmodifiableSortedMap(new TreeMap<>(template.ports())),
                        Collections.unmodifiableSortedMap(labels),
                        wanted,
                        template.weight() == null ? 1 : template.weight(),
                        true));
    }

    private static List<Workload> members(
            Resource<ServiceEntry> entry, List<Workload> inNamespace) {
        var members = new ArrayList<Workload>();
        var selector = entry.spec().workloadSelector();
        if (selector != null && !selector.labels().isEmpty()) {
            for (var workload : inNamespace) {
                if (Labels.match(selector.labels(), workload.labels())) {
                    members.add(workload);
                }
            }
        }
        int number = 0;
        for (var endpoint : entry.spec().endpoints()) {
            number++;
            members.add(
                    workload(
                            entry.name() + "-" + number + "." + entry.namespace(),
                            endpoint.labels().getOrDefault("app", entry.name()),
                            entry.namespace(),
                            endpoint,
                            address(endpoint),
                            new TreeMap<>(endpoint.labels())));
        }
        return List.copyOf(members);
    }

    private static Workload workload(
            String instance,
            String name,
            String namespace,
            WorkloadEntry entry,
            String address,
            SortedMap<String, String> labels) {
        return new Workload(
                instance,
                name,
                namespace,
                address,
                Collections.unmodifiableSortedMap(new TreeMap<>(entry.ports())),
                Collections.unmodifiableSortedMap(labels),
                entry.serviceAccount() == null ? "default" : entry.serviceAccount(),
                entry.weight() == null ? 1 : entry.weight(),
                "istio".equals(labels.get("security.istio.io/tlsMode")));
    }

    private static String address(WorkloadEntry entry) {
        return entry.address() == null ? "" : entry.address();
    }

    private static void addRules(Map<FactKey, Object> facts, ConfigSnapshot config) {
        config.of(DestinationRule.class).stream()
                .collect(
                        Collectors.groupingBy(
                                rule -> Hosts.resolve(rule.spec().host(), rule.namespace()),
                                LinkedHashMap::new,
                                Collectors.toUnmodifiableList()))
                .forEach((host, rules) -> facts.put(new FactKey.RulesOf(host), rules));
    }

    /// Inside the mesh one VirtualService routes a host: the one that names it exactly, else the one with the longest
    /// wildcard; among equals the first by namespace and name.
    private static void addRoutes(
            Map<FactKey, Object> facts,
            ConfigSnapshot config,
            SortedMap<String, Service> services) {
        var exact = new HashMap<String, Resource<VirtualService>>();
        var wildcards = new TreeMap<String, Resource<VirtualService>>(longestFirst());
        var labels = new TreeSet<String>();
        for (var routes : config.of(VirtualService.class)) {
            if (!gatewaysOf(routes).contains(MESH_GATEWAY)) {
                continue;
            }
            routes.spec().http().stream()
                    .flatMap(http -> http.match().stream())
                    .map(HttpMatchRequest::sourceLabels)
                    .forEach(wanted -> labels.addAll(wanted.keySet()));
            for (var host : routes.spec().hosts()) {
                var name = Hosts.resolve(host, routes.namespace());
                (name.startsWith("*") ? wildcards : exact).putIfAbsent(name, routes);
            }
        }
        var hosts = new TreeSet<>(services.keySet());
        hosts.addAll(exact.keySet());
        for (var host : hosts) {
            var routes = exact.get(host);
            if (routes == null) {
                routes =
                        wildcards.entrySet().stream()
                                .filter(wildcard -> Hosts.covers(wildcard.getKey(), host))
                                .map(Map.Entry::getValue)
                                .findFirst()
                                .orElse(null);
            }
            if (routes != null) {
                facts.put(new FactKey.RoutesOf(host), routes);
            }
        }
        facts.put(new FactKey.Hosts(), Collections.unmodifiableSortedSet(hosts));
        facts.put(new FactKey.RoutingLabels(), Collections.unmodifiableSortedSet(labels));
    }

    private static java.util.Comparator<String> longestFirst() {
        return java.util.Comparator.comparingInt(String::length)
                .reversed()
                .thenComparing(Function.identity());
    }

    private static void addGateways(Map<FactKey, Object> facts, ConfigSnapshot config) {
        var gateways = config.of(Gateway.class);
        facts.put(new FactKey.Gateways(), gateways);
        var bound = new HashMap<ResourceKey, List<Resource<VirtualService>>>();
        for (var routes : config.of(VirtualService.class)) {
            for (var gateway : gatewaysOf(routes)) {
                if (!gateway.equals(MESH_GATEWAY)) {
                    bound.computeIfAbsent(
                                    gatewayKey(gateway, routes.namespace()),
                                    ignored -> new ArrayList<>())
                            .add(routes);
                }
            }
        }
        bound.forEach((gateway, list) ->
                facts.put(new FactKey.RoutesOfGateway(gateway), List.copyOf(list)));
    }

    /// Where a VirtualService applies; what a single match names narrows that down and is no further place.
    private static Collection<String> gatewaysOf(Resource<VirtualService> routes) {
        var gateways = new TreeSet<String>();
        var own = routes.spec().gateways();
        gateways.addAll(own.isEmpty() ? List.of(MESH_GATEWAY) : own);
        return gateways;
    }

    private static ResourceKey gatewayKey(String gateway, String namespace) {
        var slash = gateway.indexOf('/');
        return slash < 0
                ? new ResourceKey(Kind.GATEWAY, namespace, gateway)
                : new ResourceKey(
                        Kind.GATEWAY, gateway.substring(0, slash), gateway.substring(slash + 1));
    }
}
