package dev.quartet.pilot.explain;

import dev.quartet.pilot.explain.Explanation.Source;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.Service;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.pilot.translate.Origin;
import dev.quartet.pilot.translate.Provenance;
import dev.quartet.pilot.translate.Translation;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// One proxy with its config and what that comes from.
///
/// @param connected whether it is connected to this Pilot
record Party(
        Proxy proxy,
        boolean connected,
        MeshSnapshot facts,
        Resources resources,
        Provenance provenance) {

    static Party of(Proxy proxy, boolean connected, Translation translation) {
        return new Party(
                proxy,
                connected,
                translation.snapshot(),
                new Resources(translation.configFor(proxy)),
                translation.provenance(proxy));
    }

    String workload() {
        return facts.workload(proxy.instance()).map(found -> found.name()).orElse(proxy.workload());
    }

    /// One that is written among the endpoints of a service is no workload of its own.
    Optional<Workload> workload(String instance, Optional<Service> service) {
        return facts.workload(instance)
                .or(() ->
                        service.flatMap(it ->
                                facts.workloads(it).stream()
                                        .filter(member -> member.instance().equals(instance))
                                        .findFirst()));
    }

    boolean isCaptured() {
        return proxy.role() == Proxy.Role.SIDECAR
                && proxy.interception() == Proxy.Interception.REDIRECT;
    }

    static List<Source> sources(Stream<Origin> origins) {
        return origins.distinct().map(Source::of).toList();
    }

    static List<Source> sources(Optional<Origin> origin) {
        return sources(origin.stream());
    }
}
