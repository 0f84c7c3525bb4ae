package dev.quartet.pilot.snapshot;

import dev.quartet.config.Resource;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.Visibility;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What looks odd in a mesh and is no mistake of one resource: what Istio 1.4 counts in its push status.
///
/// @param all of each kind what it is, a cluster or a host or an instance, and a sentence about it
public record Findings(Map<Kind, SortedMap<String, String>> all) {
    public enum Kind {
        /// Clusters that Pilot knows no endpoint of.
        NO_ENDPOINTS("pilot_eds_no_instances"),

        /// Workloads without an address.
        NO_ADDRESS("pilot_no_ip"),

        /// Hosts that several VirtualServices route where the same proxies see them.
        HOST_ROUTED_TWICE("pilot_vservice_dup_domain"),

        /// Subsets that several DestinationRules of a host define.
        SUBSET_TWICE("pilot_destrule_subsets"),

        /// Clusters that a service would make twice.
        CLUSTER_TWICE("pilot_duplicate_envoy_clusters"),

        /// Ports of workloads on which two services speak different protocols.
        PORT_TWICE("pilot_conflict_inbound_listener");

        private final String metric;

        Kind(String metric) {
            this.metric = metric;
        }

        /// Istio 1.4's name for how many there are.
        public String metric() {
            return metric;
        }
    }

    static Findings of(Map<FactKey, Object> facts) {
        var reader = new Reader();
        facts.forEach((key, value) -> {
            switch (key) {
                case FactKey.ServiceAt at -> reader.service(at, (Service) value, facts);
                case FactKey.WorkloadsOf _ -> list(value, Workload.class).forEach(reader::workload);
                case FactKey.WorkloadAt(var instance) ->
                        reader.ports(
                                (Workload) value,
                                list(
                                        facts.get(new FactKey.ServicesOfWorkload(instance)),
                                        Service.class));
                case FactKey.RulesOf(var host) -> reader.rules(host, value);
                case FactKey.Routes _ -> reader.routes((RouteIndex) value);
                default -> {} // nothing odd can be in it
            }
        });
        return new Findings(Collections.unmodifiableMap(reader.found));
    }

    public int count(Kind kind) {
        return of(kind).size();
    }

    public SortedMap<String, String> of(Kind kind) {
        return all.getOrDefault(kind, Collections.emptySortedMap());
    }

    private static <T> List<T> list(@Nullable Object value, Class<T> of) {
        return value instanceof List<?> list
                ? list.stream().filter(of::isInstance).map(of::cast).toList()
                : List.of();
    }

    private static final class Reader {
        private final Map<Kind, SortedMap<String, String>> found = new EnumMap<>(Kind.class);

        private void add(Kind kind, String what, String text) {
            found.computeIfAbsent(kind, _ -> new TreeMap<>()).putIfAbsent(what, text);
        }

        void service(FactKey.ServiceAt at, Service service, Map<FactKey, Object> facts) {
            var workloads =
                    list(
                            facts.get(new FactKey.WorkloadsOf(at.host(), at.namespace())),
                            Workload.class);
            var ports = new HashMap<Integer, String>();
            for (var port : service.ports()) {
                if (port.protocol() == Protocol.UDP) {
                    continue;
                }
                var cluster = "outbound|%d||%s".formatted(port.number(), service.host());
                if (workloads.isEmpty() && isKnown(service.resolution())) {
                    add(
                            Kind.NO_ENDPOINTS,
                            cluster,
                            "no workload of the service is there: requests fail with 503");
                }
                var other = ports.putIfAbsent(port.number(), port.name());
                if (other != null) {
                    add(
                            Kind.CLUSTER_TWICE,
                            cluster,
                            "ports \"%s\" and \"%s\" have the same number"
                                    .formatted(other, port.name()));
                }
            }
        }

        private static boolean isKnown(Service.Resolution resolution) {
            return resolution == Service.Resolution.ENDPOINTS
                    || resolution == Service.Resolution.HEADLESS;
        }

        void workload(Workload workload) {
            if (workload.address().isEmpty()) {
                add(
                        Kind.NO_ADDRESS,
                        workload.instance(),
                        "nobody says where it is, so nothing is sent to it");
            }
        }

        void ports(Workload workload, List<Service> services) {
            var first = new HashMap<Integer, Service>();
            var spoken = new HashMap<Integer, Protocol>();
            for (var service : services) {
                for (var port : service.ports()) {
                    var number = workload.portFor(service, port);
                    var other = first.putIfAbsent(number, service);
                    var protocol = spoken.putIfAbsent(number, port.protocol());
                    if (other != null && protocol != port.protocol()) {
                        add(
                                Kind.PORT_TWICE,
                                workload.instance() + ":" + number,
                                "%s says %s and %s says %s; the first is served"
                                        .formatted(
                                                other.host(),
                                                protocol,
                                                service.host(),
                                                port.protocol()));
                    }
                }
            }
        }

        void rules(String host, Object value) {
            var defined = new HashMap<List<Object>, Resource<?>>();
            for (var rule : list(value, Resource.class)) {
                if (!(rule.spec() instanceof DestinationRule spec)) {
                    continue;
                }
                for (var subset : spec.subsets()) {
                    var key =
                            List.of(
                                    rule.namespace(),
                                    Optional.ofNullable(spec.workloadSelector()),
                                    subset.name());
                    var other = defined.putIfAbsent(key, rule);
                    if (other != null) {
                        add(
                                Kind.SUBSET_TWICE,
                                "%s of %s".formatted(subset.name(), host),
                                "%s and %s define it; the first counts"
                                        .formatted(other.key(), rule.key()));
                    }
                }
            }
        }

        void routes(RouteIndex index) {
            var first = new HashMap<String, RouteIndex.Entry>();
            for (var entry : index.entries()) {
                for (var host : entry.hosts()) {
                    var other = first.putIfAbsent(host, entry);
                    if (other != null && meet(other.visibility(), entry.visibility())) {
                        add(
                                Kind.HOST_ROUTED_TWICE,
                                host,
                                "%s and %s route it; the first counts"
                                        .formatted(other.key(), entry.key()));
                    }
                }
            }
        }

        /// What a namespace sees by name goes before what all see, so these two do not collide.
        private static boolean meet(Visibility one, Visibility other) {
            return one.all()
                    ? other.all()
                    : !other.all() && !Collections.disjoint(one.namespaces(), other.namespaces());
        }
    }
}
