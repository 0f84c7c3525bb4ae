package dev.quartet.pilot.discovery;

import dev.quartet.config.networking.Hosts;
import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.Port;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.ingest.Registry.RegisteredWorkload;
import dev.quartet.pilot.node.Place;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.cloud.client.ServiceInstance;

/// Turns what a discovery client lists into a [Registry]. For one call.
///
/// A service id is the host `<id>.<namespace>.svc.cluster.local`; an instance is a workload. Metadata says what Spring
/// Cloud has no words for (`docs/registries.md`); all other metadata are labels. What cannot be a name in the mesh is made
/// one, or left out and told.
final class DiscoveredServices {
    static final String OWN = "quartet.";
    static final String PORT = OWN + "port";
    static final String PORT_NAME = OWN + "port-name";
    static final String PROTOCOL = OWN + "protocol";
    static final String WORKLOAD = OWN + "workload";
    static final String SERVICE_ACCOUNT = OWN + "service-account";
    static final String LOCALITY = OWN + "locality";
    static final String NETWORK = OWN + "network";
    static final String TLS_MODE = "security.istio.io/tlsMode";
    private static final String VERSION = "version";
    private static final String APP = "app";

    private final String namespace;
    private final Dialect dialect;
    private final Complaints complaints;
    private final SortedMap<String, RegisteredService> services = new TreeMap<>();
    private final SortedMap<String, RegisteredWorkload> workloads = new TreeMap<>();

    private DiscoveredServices(String namespace, Dialect dialect, Complaints complaints) {
        this.namespace = namespace;
        this.dialect = dialect;
        this.complaints = complaints;
    }

    /// @param listed instances by service id
    static Registry registry(
            SortedMap<String, List<ServiceInstance>> listed,
            String namespace,
            Dialect dialect,
            Complaints complaints) {
        var discovered = new DiscoveredServices(namespace, dialect, complaints);
        listed.forEach(discovered::add);
        return new Registry(
                List.copyOf(discovered.services.values()),
                List.copyOf(discovered.workloads.values()));
    }

    private void add(String id, List<ServiceInstance> listed) {
        var name = Names.label(id);
        if (!Names.isLabel(name)) {
            complaints.about(
                    id,
                    "Service of a registry is left out, its id is no DNS label: letters, digits and \"-\", at most 63",
                    "");
            return;
        }
        var host = Hosts.resolve(name, namespace);
        if (services.containsKey(host)) {
            complaints.about(
                    id, "Service of a registry is left out, another id is the same host", host);
            return;
        }
        if (!name.equals(id.toLowerCase(Locale.ROOT))) {
            complaints.about(id, "Service of a registry has another name in the mesh", host);
        }
        var instances =
                listed.stream()
                        .filter(it -> it.getPort() > 0 && it.getPort() <= 65_535)
                        .sorted(
                                Comparator.comparing(DiscoveredServices::id)
                                        .thenComparing(ServiceInstance::getHost)
                                        .thenComparing(ServiceInstance::getPort))
                        .toList();
        if (instances.size() < listed.size()) {
            complaints.about(id, "Instances of a service are left out, they have no port", "");
        }
        if (instances.isEmpty()) {
            return;
        }
        var port = port(id, instances);
        var members = new ArrayList<String>();
        for (var instance : instances) {
            workload(name, instance, host + "/" + port.name())
                    .ifPresent(workload -> {
                        if (workloads.putIfAbsent(workload.instance(), workload) == null) {
                            members.add(workload.instance());
                        } else {
                            complaints.about(
                                    workload.instance(),
                                    "Instance of a service is left out, another one has its id",
                                    "");
                        }
                    });
        }
        services.put(
                host,
                RegisteredService.named(
                        host,
                        namespace,
                        name,
                        List.of(port),
                        Map.of(),
                        members.stream().sorted().toList()));
    }

    /// A service has one port. Its number is what clients in the mesh call, whatever each instance listens on.
    private Port port(String id, List<ServiceInstance> instances) {
        var secure = instances.getFirst().isSecure();
        var protocol = said(instances, PROTOCOL).orElse(secure ? "https" : "http");
        var name = said(instances, PORT_NAME).map(Names::label).orElse(protocol);
        return new Port(number(id, instances), Names.isLabel(name) ? name : protocol, protocol);
    }

    private int number(String id, List<ServiceInstance> instances) {
        var said = said(instances, PORT);
        if (said.isPresent()) {
            try {
                var number = Integer.parseInt(said.get());
                if (number > 0 && number <= 65_535) {
                    return number;
                }
            } catch (NumberFormatException _) {
                // told below
            }
            complaints.about(id, "Metadata quartet.port of a service is no port", said.get());
        }
        var most =
                instances.stream()
                        .collect(
                                Collectors.groupingBy(
                                        ServiceInstance::getPort,
                                        TreeMap::new,
                                        Collectors.counting()));
        if (most.size() > 1) {
            complaints.about(
                    id,
                    "Instances of a service listen on several ports, the most frequent is the service's; choose one with metadata quartet.port",
                    "");
        }
        return most.entrySet().stream()
                .max(
                        Map.Entry.<Integer, Long>comparingByValue()
                                .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .map(Map.Entry::getKey)
                .orElseThrow();
    }

    /// What the first instance that says it says.
    private static Optional<String> said(List<ServiceInstance> instances, String key) {
        return instances.stream()
                .map(instance -> metadata(instance).get(key))
                .filter(Objects::nonNull)
                .map(String::strip)
                .filter(it -> !it.isEmpty())
                .findFirst();
    }

    private Optional<RegisteredWorkload> workload(
            String service, ServiceInstance instance, String port) {
        String address;
        try {
            address = dialect.address(instance);
        } catch (UnknownHostException _) {
            complaints.about(
                    id(instance),
                    "Instance of a service is left out, DNS does not know its host; let it register its IP address",
                    instance.getHost());
            return Optional.empty();
        }
        var metadata = metadata(instance);
        var labels = labels(service, metadata);
        var version = labels.get(VERSION);
        var workload =
                metadata.getOrDefault(
                        WORKLOAD, version == null ? service : service + "-" + version);
        var ports = new TreeMap<>(Map.of(port, instance.getPort()));
        return Optional.of(
                new RegisteredWorkload(
                        instanceName(service, instance) + "." + namespace,
                        workload,
                        namespace,
                        address,
                        Collections.unmodifiableSortedMap(ports),
                        labels,
                        metadata.getOrDefault(SERVICE_ACCOUNT, "default"),
                        "istio".equals(metadata.get(TLS_MODE)),
                        Place.of(
                                metadata.getOrDefault(LOCALITY, ""),
                                metadata.getOrDefault(NETWORK, "")),
                        dialect.name()));
    }

    /// Ids are unique within a service only.
    private static String instanceName(String service, ServiceInstance instance) {
        var own = Names.instance(id(instance));
        return own.contains(service) ? own : service + "-" + own;
    }

    private static String id(ServiceInstance instance) {
        var id = instance.getInstanceId();
        return id == null || id.isBlank() ? instance.getHost() + "-" + instance.getPort() : id;
    }

    private SortedMap<String, String> labels(String service, Map<String, String> metadata) {
        var labels = new TreeMap<String, String>();
        labels.put(APP, service);
        metadata.forEach((key, value) -> {
            if (key.startsWith(OWN)) {
                return;
            }
            if (Names.isKey(key) && Names.isValue(value)) {
                labels.put(key, value);
            } else {
                complaints.about(
                        service, "Metadata of a service can be no label, it is left out", key);
            }
        });
        return Collections.unmodifiableSortedMap(labels);
    }

    private static Map<String, String> metadata(ServiceInstance instance) {
        var all = instance.getMetadata();
        var metadata = new HashMap<String, String>(all == null ? Map.of() : all);
        metadata.values().removeIf(Objects::isNull);
        return metadata;
    }
}
