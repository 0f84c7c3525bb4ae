package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.ServicePort;
import dev.quartet.config.networking.Visibility;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.stream.ConfigSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The services of registries and of ServiceEntries.
final class ServiceFacts {
    /// What an unreachable Mixer means for one service: `true` lets requests pass.
    static final String FAIL_OPEN = "quartet.dev/policyCheckFailOpen";

    /// Ports of the service on which the server speaks first, with commas between them.
    static final String SERVER_FIRST = "quartet.dev/serverFirst";

    /// For a Service what `exportTo` is for a ServiceEntry, its words separated by commas.
    private static final String EXPORT_TO = "networking.istio.io/exportTo";

    /// Who serves a Service beside its Pods: service accounts of its namespace, and whole names of certificates; both separated by commas.
    private static final String SERVICE_ACCOUNTS = "alpha.istio.io/kubernetes-serviceaccounts";

    private static final String IDENTITIES = "alpha.istio.io/canonical-serviceaccounts";

    private final MeshSettings mesh;

    /// In the order of precedence: a host of a registry is the registry's.
    private final Map<FactKey.ServiceAt, Service> services = new LinkedHashMap<>();

    private final Map<String, List<ServiceIndex.Entry>> index = new TreeMap<>();

    private ServiceFacts(MeshSettings mesh) {
        this.mesh = mesh;
    }

    static void add(
            ConfigSnapshot config,
            Registry registry,
            MeshSettings mesh,
            Memo memo,
            Map<FactKey, Object> facts) {
        var services = new ServiceFacts(mesh);
        registry.services().forEach(services::add);
        for (var entry : config.of(ServiceEntry.class)) {
            memo.of(entry, ServiceFacts::services)
                    .forEach(service -> services.add(service, entry.spec().exportTo()));
        }
        services.addTo(facts);
    }

    private void addTo(Map<FactKey, Object> facts) {
        facts.put(
                new FactKey.DynamicHosts(),
                Collections.unmodifiableSortedSet(
                        services.values().stream()
                                .filter(it -> it.resolution() == Service.Resolution.DYNAMIC_DNS)
                                .map(Service::host)
                                .collect(Collectors.toCollection(TreeSet::new))));
        facts.putAll(services);
        var byHost = new TreeMap<String, List<ServiceIndex.Entry>>();
        index.forEach((host, entries) -> byHost.put(host, List.copyOf(entries)));
        facts.put(
                new FactKey.Services(),
                new ServiceIndex(Collections.unmodifiableSortedMap(byHost)));
    }

    private void add(RegisteredService service) {
        var words = service.annotations().getOrDefault(EXPORT_TO, "");
        add(
                service(service, mesh),
                words.isBlank()
                        ? List.of()
                        : Arrays.stream(words.split(",")).map(String::strip).toList());
    }

    private static List<Service> services(Resource<ServiceEntry> entry) {
        return entry.spec().hosts().stream()
                .map(host -> service(Hosts.resolve(host, entry.namespace()), entry))
                .toList();
    }

    private void add(Service service, List<String> exportTo) {
        if (services.putIfAbsent(
                        new FactKey.ServiceAt(service.host(), service.namespace()), service)
                == null) {
            index.computeIfAbsent(service.host(), _ -> new ArrayList<>())
                    .add(
                            new ServiceIndex.Entry(
                                    service.namespace(),
                                    Visibility.of(
                                            exportTo,
                                            service.namespace(),
                                            mesh.serviceExportTo())));
        }
    }

    private static Service service(String host, Resource<ServiceEntry> entry) {
        var spec = entry.spec();
        var inCluster = host.endsWith("." + entry.namespace() + ".svc.cluster.local");
        return new Service(
                host,
                entry.namespace(),
                inCluster ? host.substring(0, host.indexOf('.')) : host,
                spec.ports().stream()
                        .map(port -> port(port).declared(serverFirst(entry.annotations())))
                        .toList(),
                spec.addresses(),
                resolution(spec.resolution()),
                spec.location() == ServiceEntry.Location.MESH_INTERNAL,
                failOpen(entry.annotations()),
                spec.subjectAltNames(),
                Optional.of(entry.key()));
    }

    private static Service.Resolution resolution(ServiceEntry.@Nullable Resolution written) {
        return switch (written) {
            case null -> Service.Resolution.NONE;
            case NONE -> Service.Resolution.NONE;
            case STATIC -> Service.Resolution.ENDPOINTS;
            case DNS -> Service.Resolution.DNS;
            case DNS_ROUND_ROBIN -> Service.Resolution.DNS_ROUND_ROBIN;
            case DYNAMIC_DNS -> Service.Resolution.DYNAMIC_DNS;
        };
    }

    private static Service service(RegisteredService service, MeshSettings mesh) {
        return new Service(
                service.host(),
                service.namespace(),
                service.name(),
                service.ports().stream()
                        .map(port ->
                                Service.Port.of(
                                                port.number(),
                                                port.name(),
                                                port.appProtocol(),
                                                port.number())
                                        .declared(serverFirst(service.annotations())))
                        .toList(),
                service.addresses(),
                service.elsewhere(),
                switch (service.kind()) {
                    case ENDPOINTS -> Service.Resolution.ENDPOINTS;
                    case HEADLESS -> Service.Resolution.HEADLESS;
                    case EXTERNAL_NAME -> Service.Resolution.DNS;
                },
                service.kind() != RegisteredService.Kind.EXTERNAL_NAME,
                failOpen(service.annotations()),
                identities(service, mesh),
                Optional.empty());
    }

    /// What the Service says of who serves it beside its workloads: after Istio 1.4, `serviceregistry/kube/conversion.go`.
    private static List<String> identities(RegisteredService service, MeshSettings mesh) {
        return Stream.concat(
                        listed(service, SERVICE_ACCOUNTS)
                                .map(account ->
                                        "spiffe://"
                                                + mesh.principal(
                                                        Workload.account(
                                                                service.namespace(), account))),
                        listed(service, IDENTITIES)
                                .map(name ->
                                        name.startsWith("spiffe://") ? name : "spiffe://" + name))
                .toList();
    }

    private static Stream<String> listed(RegisteredService service, String annotation) {
        return Stream.of(service.annotations().getOrDefault(annotation, "").split(","))
                .map(String::strip)
                .filter(it -> !it.isEmpty());
    }

    private static Optional<Boolean> failOpen(Map<String, String> annotations) {
        return Optional.ofNullable(annotations.get(FAIL_OPEN)).map("true"::equals);
    }

    /// What is no number declares nothing.
    private static Set<Integer> serverFirst(Map<String, String> annotations) {
        return Arrays.stream(annotations.getOrDefault(SERVER_FIRST, "").split(","))
                .map(String::strip)
                .filter(it -> it.matches("[0-9]{1,5}"))
                .map(Integer::valueOf)
                .collect(Collectors.toSet());
    }

    private static Service.Port port(ServicePort port) {
        var target = port.targetPort();
        return Service.Port.of(
                port.number(),
                port.name(),
                port.protocol(),
                target == null ? port.number() : target);
    }
}
