package dev.quartet.pilot.registry;

import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.RegistrySource;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All registries as one, each held over a sudden loss ([GraceTime]), then merged ([Union]).
///
/// It is known whole when each registry is; who joins later joins when it is known itself. The order of the families, and of
/// the members in each, is the precedence. Thread-safe.
public final class Registries implements RegistrySource, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Registries.class);

    private record Standing(
            Supplier<Optional<String>> trouble,
            boolean whole,
            int services,
            int workloads,
            Optional<GraceTime.Hold> hold) {}

    private final List<RegistryFamily> families;
    private final GraceSettings settings;
    private final Clock clock;
    private final RegistryMetrics metrics;
    private final Runnable changed;
    private final ScheduledThreadPoolExecutor timer; // its thread starts with its first task
    private final Map<String, GraceTime> graces = new HashMap<>();
    private final Set<String> told = new HashSet<>();
    private @Nullable Instant alarm;
    private boolean whole;
    private volatile Map<String, Standing> standing = Map.of();

    /// @param families in the order of precedence
    /// @param changed called when time alone changes the content; must not block
    public Registries(
            List<RegistryFamily> families,
            GraceSettings settings,
            Clock clock,
            MeterRegistry meters,
            Runnable changed) {
        this.families = List.copyOf(families);
        this.settings = settings;
        this.clock = clock;
        this.metrics = new RegistryMetrics(meters);
        this.changed = changed;
        this.timer =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon().name("pilot-registries").factory());
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        show(members(), List.of());
    }

    @Override
    public synchronized Optional<Registry> registry() {
        var members = members();
        var parts = new ArrayList<Union.Part>();
        for (var member : members) {
            var listed = member.source().registry();
            if (listed.isPresent()) {
                parts.add(new Union.Part(member.name(), listed.get()));
            }
        }
        whole = whole || parts.size() == members.size();
        if (!whole) {
            show(members, parts);
            return Optional.empty();
        }
        graces.keySet().retainAll(parts.stream().map(Union.Part::name).collect(Collectors.toSet()));
        var counting =
                parts.stream()
                        .map(part -> new Union.Part(part.name(), grace(part).look(part.registry())))
                        .toList();
        show(members, parts);
        wakeAtTheEnd();
        return Optional.of(Union.of(counting, this::refused));
    }

    private List<Member> members() {
        return families.stream().flatMap(family -> family.members().stream()).toList();
    }

    private GraceTime grace(Union.Part part) {
        return graces.computeIfAbsent(part.name(), name -> new GraceTime(name, settings, clock));
    }

    private void refused(String registry, String host) {
        if (told.add(registry + "/" + host)) {
            LOGGER.atWarn()
                    .addKeyValue("name", host)
                    .addKeyValue("registry", registry)
                    .log(
                            "A registry of higher precedence has this host for another service, this one's is left out");
        }
    }

    private void wakeAtTheEnd() {
        var next =
                graces.values().stream()
                        .flatMap(grace -> grace.hold().stream())
                        .map(GraceTime.Hold::until)
                        .min(Instant::compareTo)
                        .orElse(null);
        if (next != null && !next.equals(alarm) && !timer.isShutdown()) {
            var wait = Duration.between(clock.instant(), next).plusMillis(1);
            timer.schedule(changed, Math.max(1, wait.toMillis()), TimeUnit.MILLISECONDS);
        }
        alarm = next;
    }

    private void show(List<Member> members, List<Union.Part> parts) {
        var known = new HashMap<String, Registry>();
        parts.forEach(part -> known.put(part.name(), part.registry()));
        var now = new LinkedHashMap<String, Standing>();
        for (var member : members) {
            var registry = known.get(member.name());
            var grace = graces.get(member.name());
            now.put(
                    member.name(),
                    new Standing(
                            member.trouble(),
                            registry != null,
                            registry == null ? 0 : registry.services().size(),
                            registry == null ? 0 : registry.workloads().size(),
                            grace == null ? Optional.empty() : grace.hold()));
        }
        standing = now;
        metrics.show(
                now.keySet(),
                name -> figure(name, Standing::workloads),
                name -> figure(name, it -> it.hold().map(GraceTime.Hold::kept).orElse(0)),
                name -> figure(name, it -> it.trouble().get().isEmpty() ? 1 : 0));
    }

    private double figure(String name, ToDoubleFunction<Standing> figure) {
        var stands = standing.get(name);
        return stands == null ? 0 : figure.applyAsDouble(stands);
    }

    /// Who is not known yet, by name; empty once all were.
    public synchronized List<String> missing() {
        if (!whole) {
            look();
        }
        return whole
                ? List.of()
                : standing.entrySet().stream()
                        .filter(it -> !it.getValue().whole())
                        .map(Map.Entry::getKey)
                        .toList();
    }

    /// For people: how each registry stands.
    public synchronized Map<String, Object> status() {
        look();
        var status = new LinkedHashMap<String, Object>();
        standing.forEach((name, stands) -> status.put(name, facts(stands)));
        return status;
    }

    /// Inputs are taken in when there is config; people and probes may ask before.
    private void look() {
        var _ = registry();
    }

    private static Map<String, Object> facts(Standing stands) {
        var facts = new LinkedHashMap<String, Object>();
        if (!stands.whole()) {
            facts.put("state", "waiting for the first list");
        } else {
            facts.put("services", stands.services());
            facts.put("workloads", stands.workloads());
        }
        stands.hold()
                .ifPresent(hold -> {
                    facts.put("state", "suddenly lists much less, its last endpoints are kept");
                    facts.put("endpointsKept", hold.kept());
                    facts.put("keptUntil", hold.until().toString());
                });
        stands.trouble().get().ifPresent(trouble -> facts.put("trouble", trouble));
        return facts;
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
