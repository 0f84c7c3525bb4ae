package dev.quartet.pilot.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.ConnectionStatus;
import io.swagger.v3.oas.annotations.Operation;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// The connected proxies and what each of them holds.
@RestController
@RequestMapping("/admin/v1/proxies")
final class ProxiesController {
    /// @param state SYNCED: all ACKed; STALE: an ACK is missing; NACKED: something was refused, the last good is kept
    /// @param registered whether the registry has a workload for it
    record ProxyView(
            String id,
            String instance,
            String workload,
            String namespace,
            String serviceAccount,
            Proxy.Role role,
            String address,
            String envoyVersion,
            String protocol,
            Instant connectedSince,
            ConnectionStatus.State state,
            String revisionInForce,
            boolean registered,
            Map<String, String> labels,
            SortedMap<String, TypeView> types) {}

    /// @param count resources sent and not refused
    /// @param waiting for an ACK
    /// @param error Envoy's words when it refused
    /// @param refused the names that it refused
    record TypeView(int count, boolean waiting, @Nullable String error, List<String> refused) {}

    private final PilotView pilot;

    ProxiesController(PilotView pilot) {
        this.pilot = pilot;
    }

    @Operation(summary = "All connected proxies and whether they have the newest config")
    @GetMapping
    List<ProxyView> list() {
        return pilot.proxies().stream()
                .map(this::view)
                .sorted(
                        Comparator.comparing(ProxyView::namespace)
                                .thenComparing(ProxyView::instance))
                .toList();
    }

    @Operation(summary = "One proxy, by its instance name")
    @GetMapping("/{instance}")
    ProxyView one(@PathVariable String instance) {
        return view(find(instance));
    }

    @Operation(summary = "What one proxy holds: resource names and versions by type")
    @GetMapping("/{instance}/resources")
    SortedMap<String, SortedMap<String, String>> resources(@PathVariable String instance) {
        var resources = new TreeMap<String, SortedMap<String, String>>();
        find(instance)
                .types()
                .forEach((type, status) ->
                        resources.put(type.label(), new TreeMap<>(status.versions())));
        return resources;
    }

    private ConnectionStatus find(String instance) {
        return pilot.proxies().stream()
                .filter(status -> status.proxy().instance().equals(instance))
                .findFirst()
                .orElseThrow(() ->
                        ProblemException.notFound(
                                "no proxy \"%s\" is connected to this Pilot; GET /admin/v1/proxies lists those that are"
                                        .formatted(instance)));
    }

    private ProxyView view(ConnectionStatus status) {
        var proxy = status.proxy();
        var workload = pilot.snapshot().flatMap((Facts facts) -> facts.workload(proxy.instance()));
        var types = new TreeMap<String, TypeView>();
        for (var entry : status.types().entrySet()) {
            types.put(entry.getKey().label(), view(entry.getKey(), entry.getValue()));
        }
        return new ProxyView(
                proxy.id(),
                proxy.instance(),
                workload.map(Workload::name).orElse(proxy.workload()),
                proxy.namespace(),
                proxy.serviceAccount(),
                proxy.role(),
                proxy.address(),
                proxy.envoyVersion(),
                status.protocol(),
                status.connectedAt(),
                status.state(),
                status.revisionInForce(),
                workload.isPresent(),
                workload.<Map<String, String>>map(Workload::labels).orElse(Map.of()),
                types);
    }

    private static TypeView view(XdsType type, ConnectionStatus.TypeStatus status) {
        return new TypeView(
                status.count(),
                status.waiting(),
                status.error(),
                status.refused().stream().sorted().toList());
    }
}
