package dev.quartet.pilot.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.config.Subject;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Facts;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.pilot.status.Refusals;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.AdsServer.Holdings;
import dev.quartet.pilot.xds.ConnectionStatus;
import dev.quartet.pilot.xds.ConnectionStatus.Mark;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// The connected proxies and what each of them holds.
@RestController
@RequestMapping("/admin/v1/proxies")
final class ProxiesController {
    private static final int MOST_PROXIES = 1_000;
    private static final int MOST_RESOURCES = 10_000;

    /// @param state SYNCED: all ACKed; STALE: an ACK is missing; NACKED: something was refused, the last good is kept
    /// @param registered whether the registry has a workload for it
    /// @param refusals what it refuses, and of which users' resources that is made
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
            SortedMap<String, TypeView> types,
            List<RefusalView> refusals) {}

    /// @param count resources sent and not refused
    /// @param sent the last response; null before the first
    /// @param acked the last response that it accepted; null before the first
    /// @param waiting for an ACK
    /// @param waitingSince since when; null when it is not
    /// @param error Envoy's words when it refused
    /// @param refused the names that it refuses, at most 20
    record TypeView(
            int count,
            @Nullable MarkView sent,
            @Nullable MarkView acked,
            boolean waiting,
            @Nullable Instant waitingSince,
            @Nullable String error,
            List<String> refused) {}

    /// @param revision of the config that the response was made from
    /// @param nonce its number on the stream
    record MarkView(String revision, String nonce) {
        static @Nullable MarkView of(Mark mark) {
            return mark.equals(Mark.NONE) ? null : new MarkView(mark.revision(), mark.nonce());
        }
    }

    /// One resource of Envoy's as a proxy should have it.
    ///
    /// @param version a hash of the content; null: it should not have it any more
    /// @param held the version that it was sent and did not refuse; null: none
    /// @param inForce whether the two are the same, and no ACK is missing
    /// @param madeFrom of which users' resources it is made, as far as it can be told
    /// @param error Envoy's words, when it refuses it
    /// @param content with Envoy's field names; null when it should not have it
    record ResourceView(
            String type,
            String name,
            @Nullable String version,
            @Nullable String held,
            boolean inForce,
            List<Subject> madeFrom,
            @Nullable String error,
            @Nullable Map<String, Object> content) {}

    private final PilotView pilot;
    private final Refusals refusals;
    private final Clock clock;

    ProxiesController(PilotView pilot, Refusals refusals, Clock clock) {
        this.pilot = pilot;
        this.refusals = refusals;
        this.clock = clock;
    }

    @Operation(
            summary = "The connected proxies and whether they have the newest config",
            description =
                    "Ordered by namespace and instance. The header X-Total-Count says how many there are in all that the filters let through.")
    @GetMapping
    ResponseEntity<List<ProxyView>> list(
            @RequestParam(required = false) @Nullable String namespace,
            @Parameter(description = "SYNCED, STALE or NACKED") @RequestParam(required = false)
                    @Nullable String state,
            @Parameter(
                            description =
                                    "cds, eds, lds, rds or ecds: only that type, and of proxies that wait for an ACK of it or refuse it")
                    @RequestParam(required = false)
                    @Nullable String type,
            @Parameter(description = "At most 1000") @RequestParam(defaultValue = "1000") int limit,
            @RequestParam(defaultValue = "0") int offset) {
        if (limit < 1 || limit > MOST_PROXIES || offset < 0) {
            throw ProblemException.badRequest(
                    "limit is 1 to %d, and offset 0 or more".formatted(MOST_PROXIES));
        }
        var wantedState = state == null ? null : state(state);
        var wantedType = type == null ? null : type(type);
        var found =
                pilot.proxies().stream()
                        .filter(it -> namespace == null || it.proxy().namespace().equals(namespace))
                        .filter(it -> wantedState == null || it.state() == wantedState)
                        .filter(it -> wantedType == null || hangs(it, wantedType))
                        .sorted(
                                Comparator.comparing(
                                                (ConnectionStatus it) -> it.proxy().namespace())
                                        .thenComparing(it -> it.proxy().instance()))
                        .toList();
        return ResponseEntity.ok()
                .header("X-Total-Count", Integer.toString(found.size()))
                .body(
                        found.stream()
                                .skip(offset)
                                .limit(limit)
                                .map(it -> view(it, wantedType))
                                .toList());
    }

    private static boolean hangs(ConnectionStatus proxy, XdsType type) {
        return proxy.progress().waiting().contains(type)
                || proxy.progress().refusals().containsKey(type);
    }

    @Operation(summary = "One proxy, by its instance name")
    @GetMapping("/{instance}")
    ProxyView one(@PathVariable String instance) {
        return view(find(instance).status(), null);
    }

    @Operation(summary = "What one proxy holds: resource names and versions by type")
    @GetMapping("/{instance}/resources")
    SortedMap<String, SortedMap<String, String>> resources(
            @PathVariable String instance,
            @Parameter(description = "cds, eds, lds, rds or ecds") @RequestParam(required = false)
                    @Nullable String type,
            @Parameter(description = "Only names that contain this") @RequestParam(required = false)
                    @Nullable String contains,
            @Parameter(description = "Of each type, at most 10000")
                    @RequestParam(defaultValue = "10000")
                    int limit) {
        if (limit < 1 || limit > MOST_RESOURCES) {
            throw ProblemException.badRequest("limit is 1 to " + MOST_RESOURCES);
        }
        var wanted = type == null ? null : type(type);
        var resources = new TreeMap<String, SortedMap<String, String>>();
        find(instance)
                .held()
                .forEach((held, versions) -> {
                    if (wanted == null || wanted == held) {
                        resources.put(held.label(), selected(versions, contains, limit));
                    }
                });
        return resources;
    }

    private static SortedMap<String, String> selected(
            Map<String, String> versions, @Nullable String contains, int limit) {
        return versions.entrySet().stream()
                .filter(entry -> contains == null || entry.getKey().contains(contains))
                .sorted(Map.Entry.comparingByKey())
                .limit(limit)
                .collect(
                        Collectors.toMap(
                                Map.Entry::getKey,
                                Map.Entry::getValue,
                                (one, _) -> one,
                                TreeMap::new));
    }

    @Operation(
            summary =
                    "One resource of a proxy: its content, and of which users' resources it is made",
            description =
                    "The name is a query parameter, since Envoy's names hold slashes and bars: ?type=cds&name=outbound|9080||reviews.shop.svc.cluster.local")
    @GetMapping("/{instance}/resource")
    ResourceView resource(
            @PathVariable String instance,
            @Parameter(description = "cds, eds, lds, rds or ecds") @RequestParam String type,
            @RequestParam String name) {
        var proxy = find(instance);
        var wanted = type(type);
        var status = proxy.status();
        var goal = proxy.goal();
        var resource = goal == null ? null : goal.find(wanted, name);
        var held = proxy.held().getOrDefault(wanted, Map.of()).get(name);
        var refusal = status.progress().refusals().get(wanted);
        var error = refusal == null ? null : refusal.names().get(name);
        if (resource == null && held == null && error == null) {
            throw ProblemException.notFound(
                    "the proxy \"%s\" has no %s \"%s\"; GET /admin/v1/proxies/%s/resources?type=%s lists what it has"
                            .formatted(instance, wanted.label(), name, instance, wanted.label()));
        }
        return new ResourceView(
                wanted.label(),
                name,
                resource == null ? null : resource.version(),
                held,
                resource != null
                        && resource.version().equals(held)
                        && !status.progress().waiting().contains(wanted),
                pilot.madeFrom(status.proxy(), wanted, name).stream().map(Subject::of).toList(),
                error,
                resource == null ? null : EnvoyJson.of(resource.content()));
    }

    private Holdings find(String instance) {
        return pilot.holdings(instance)
                .orElseThrow(() ->
                        ProblemException.notFound(
                                "no proxy \"%s\" is connected to this Pilot; GET /admin/v1/proxies lists those that are"
                                        .formatted(instance)));
    }

    private static ConnectionStatus.State state(String text) {
        return Arrays.stream(ConnectionStatus.State.values())
                .filter(state -> state.name().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() ->
                        ProblemException.badRequest(
                                "state is \"%s\", and there are SYNCED, STALE and NACKED"
                                        .formatted(text)));
    }

    static XdsType type(String text) {
        return Arrays.stream(XdsType.values())
                .filter(type -> type.label().equals(text.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() ->
                        ProblemException.badRequest(
                                "type is \"%s\", and there are cds, eds, lds, rds and ecds"
                                        .formatted(text)));
    }

    private ProxyView view(ConnectionStatus status, @Nullable XdsType only) {
        var proxy = status.proxy();
        var workload = pilot.snapshot().flatMap((Facts facts) -> facts.workload(proxy.instance()));
        var types = new TreeMap<String, TypeView>();
        for (var entry : status.types().entrySet()) {
            if (only == null || only == entry.getKey()) {
                types.put(entry.getKey().label(), view(status, entry.getKey(), entry.getValue()));
            }
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
                types,
                refusals.of(status.progress()).stream()
                        .filter(refusal -> only == null || only == refusal.type())
                        .map(RefusalView::of)
                        .toList());
    }

    private TypeView view(
            ConnectionStatus proxy, XdsType type, ConnectionStatus.TypeStatus status) {
        var refusal = Optional.ofNullable(proxy.progress().refusals().get(type));
        var waiting = status.waiting();
        return new TypeView(
                status.count(),
                MarkView.of(status.sent()),
                MarkView.of(status.acked()),
                waiting != null,
                waiting == null ? null : clock.instant().minus(waiting),
                refusal.map(ConnectionStatus.Refusal::error).orElse(null),
                refusal.map(it -> it.names().keySet().stream().limit(20).toList())
                        .orElse(List.of()));
    }
}
