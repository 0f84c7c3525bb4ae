package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.WorkloadEntry;
import dev.quartet.config.networking.WorkloadGroup;
import dev.quartet.pilot.ingest.MeshInputs;
import dev.quartet.pilot.ingest.Presence;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.node.Place;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The workloads, wherever they were learnt from, and which services they are part of.
final class WorkloadFacts {
    private static final Logger LOGGER = LoggerFactory.getLogger(WorkloadFacts.class);

    private final Map<FactKey, Object> services;
    private final Networks networks;
    private final Memo memo;
    private final Map<String, Workload> byInstance = new HashMap<>();
    private final Map<String, List<Service>> servicesOf = new HashMap<>();
    private final Map<FactKey, Object> facts;
    private boolean located;

    private WorkloadFacts(
            Map<FactKey, Object> services,
            Networks networks,
            Memo memo,
            Map<FactKey, Object> facts) {
        this.services = services;
        this.networks = networks;
        this.memo = memo;
        this.facts = facts;
    }

    /// @param services facts of all services
    static void add(
            MeshInputs inputs,
            Map<FactKey, Object> services,
            Networks networks,
            Memo memo,
            Map<FactKey, Object> facts) {
        var workloads = new WorkloadFacts(services, networks, memo, facts);
        workloads.add(inputs);
        facts.put(new FactKey.Located(), workloads.located);
    }

    private Optional<Service> service(String host, String namespace) {
        return Optional.ofNullable((Service) services.get(new FactKey.ServiceAt(host, namespace)));
    }

    private void add(MeshInputs inputs) {
        var byNamespace = new HashMap<String, List<Workload>>();
        for (var workload : namedWorkloads(inputs)) {
            byInstance.put(workload.instance(), workload);
            facts.put(new FactKey.WorkloadAt(workload.instance()), workload);
            byNamespace
                    .computeIfAbsent(workload.namespace(), ignored -> new ArrayList<>())
                    .add(workload);
        }
        byNamespace.replaceAll(memo::same);
        for (var entry : inputs.config().of(ServiceEntry.class)) {
            var inNamespace = byNamespace.getOrDefault(entry.namespace(), List.of());
            for (var host : entry.spec().hosts()) {
                service(Hosts.resolve(host, entry.namespace()), entry.namespace())
                        .filter(service -> service.origin().equals(Optional.of(entry.key())))
                        .ifPresent(service ->
                                addMembers(service, remembered(entry, service, inNamespace)));
            }
        }
        for (var registered : inputs.registry().services()) {
            service(registered.host(), registered.namespace())
                    .ifPresent(service -> addMembers(service, Members.of(members(registered))));
        }
        addHomes(inputs.registry());
        servicesOf.forEach((instance, list) ->
                facts.put(new FactKey.ServicesOfWorkload(instance), List.copyOf(list)));
    }

    private void addHomes(Registry registry) {
        var homes =
                registry.services().stream()
                        .flatMap(service -> service.elsewhere().keySet().stream())
                        .collect(Collectors.toSet());
        if (homes.isEmpty()) {
            return;
        }
        registry.workloads().stream()
                .filter(workload -> homes.contains(workload.registry()))
                .forEach(workload ->
                        facts.put(new FactKey.HomeOf(workload.instance()), workload.registry()));
    }

    private record Members(List<Workload> workloads, SortedSet<String> accounts) {
        static Members of(List<Workload> workloads) {
            var accounts = new TreeSet<String>();
            Workload before = null;
            for (var workload : workloads) {
                if (before == null || !workload.sharesAccount(before)) { // mostly all have one
                    accounts.add(workload.account());
                }
                before = workload;
            }
            return new Members(workloads, Collections.unmodifiableSortedSet(accounts));
        }
    }

    /// Members follow from the entry and the workloads of its namespace.
    private record MembersOf(
            Resource<ServiceEntry> entry, List<Workload> inNamespace, Members members) {}

    private Members remembered(
            Resource<ServiceEntry> entry, Service service, List<Workload> inNamespace) {
        return memo.latest(
                        service,
                        MembersOf.class,
                        known -> known.entry() == entry && known.inNamespace() == inNamespace,
                        () ->
                                new MembersOf(
                                        entry,
                                        inNamespace,
                                        Members.of(members(entry, service, inNamespace))))
                .members();
    }

    private void addMembers(Service service, Members members) {
        var workloads = members.workloads();
        facts.put(new FactKey.WorkloadsOf(service.host(), service.namespace()), workloads);
        facts.put(new FactKey.AccountsOf(service.host(), service.namespace()), members.accounts());
        for (var member : workloads) {
            located |= member.place().isLocated();
            servicesOf
                    .computeIfAbsent(member.instance(), ignored -> new ArrayList<>())
                    .add(service);
        }
    }

    private List<Workload> members(RegisteredService service) {
        var members = new ArrayList<Workload>();
        for (var instance : service.members()) {
            var workload = byInstance.get(instance);
            if (workload != null) {
                members.add(workload);
            }
        }
        if (service.kind() == RegisteredService.Kind.EXTERNAL_NAME) {
            members.add(outside(service.namespace(), service.externalName()));
        }
        return List.copyOf(members);
    }

    /// A name in DNS of which no more is known.
    private static Workload outside(String namespace, String address) {
        return new Workload(
                address + "." + namespace,
                address,
                namespace,
                address,
                Collections.emptySortedMap(),
                Collections.emptySortedMap(),
                "default",
                1,
                false,
                Place.UNKNOWN);
    }

    /// Workloads that have a name: the registry's, entries, and proxies that registered with a group.
    private List<Workload> namedWorkloads(MeshInputs inputs) {
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
                            registered.hasSidecar(),
                            inNetwork(
                                    registered.place(),
                                    registered.address(),
                                    registered.registry())));
        }
        for (var entry : config.of(WorkloadEntry.class)) {
            workloads.add(memo.of(entry, this::workload));
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

    private Place inNetwork(Place place, String address, String registry) {
        return place.network().isEmpty() ? place.in(networks.of(address, registry)) : place;
    }

    private Workload workload(Resource<WorkloadEntry> entry) {
        var labels = new TreeMap<>(entry.labels());
        labels.putAll(entry.spec().labels());
        return workload(
                entry.name() + "." + entry.namespace(),
                entry.name(),
                entry.namespace(),
                entry.spec(),
                address(entry.spec()),
                labels);
    }

    /// A proxy becomes what its group says, when its certificate has the service account that the group asks for.
    private Optional<Workload> registered(
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
                        true,
                        inNetwork(place(template).or(presence.place()), presence.address(), "")));
    }

    private List<Workload> members(
            Resource<ServiceEntry> entry, Service service, List<Workload> inNamespace) {
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
        if (members.isEmpty() && selector == null && byName(service)) {
            members.add(outside(entry.namespace(), service.host()));
        }
        return List.copyOf(members);
    }

    private Workload workload(
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
                "istio".equals(labels.get("security.istio.io/tlsMode")),
                inNetwork(place(entry), address, ""));
    }

    private static Place place(WorkloadEntry entry) {
        return Place.of(
                entry.locality() == null ? "" : entry.locality(),
                entry.network() == null ? "" : entry.network());
    }

    private static String address(WorkloadEntry entry) {
        return entry.address() == null ? "" : entry.address();
    }

    private static boolean byName(Service service) {
        return service.resolution() == Service.Resolution.DNS
                || service.resolution() == Service.Resolution.DNS_ROUND_ROBIN;
    }
}
