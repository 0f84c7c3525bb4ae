package dev.quartet.mixer.config;

import dev.quartet.config.Problem;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.mixer.dispatch.Dispatcher;
import dev.quartet.mixer.routing.RoutingTableBuilder;
import dev.quartet.policy.PolicyHandler;
import dev.quartet.policy.PolicyTable;
import dev.quartet.stream.ConfigListener;
import dev.quartet.stream.ConfigReporter;
import dev.quartet.stream.ConfigSnapshot;
import dev.quartet.wire.status.ConfigReport;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts each revision in force. A revision that cannot be built, which is a bug, leaves the last one working.
public final class ConfigApplier implements ConfigListener {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConfigApplier.class);

    private final RoutingTableBuilder builder;
    private final Dispatcher dispatcher;
    private final Consumer<ConfigReport> report;
    private final String replica;
    private final Clock clock;
    private final ConfigMetrics metrics;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private Set<PolicyHandler> handlers = Set.of();
    private volatile @Nullable InForce inForce;

    /// @param report tells Galley
    /// @param replica this Mixer's name among its like
    public ConfigApplier(
            RoutingTableBuilder builder,
            Dispatcher dispatcher,
            Consumer<ConfigReport> report,
            String replica,
            MeterRegistry registry,
            Clock clock) {
        this.builder = builder;
        this.dispatcher = dispatcher;
        this.report = report;
        this.replica = replica;
        this.clock = clock;
        this.metrics = new ConfigMetrics(registry, () -> inForce);
    }

    /// Null before the first revision.
    public Optional<InForce> inForce() {
        return Optional.ofNullable(inForce);
    }

    /// Completes when the first revision is in force.
    public CompletableFuture<Void> ready() {
        return ready.copy();
    }

    @Override
    public void onSnapshot(ConfigSnapshot snapshot) {
        try {
            apply(snapshot);
        } catch (RuntimeException e) {
            metrics.failed();
            LOGGER.atError()
                    .addKeyValue("version", snapshot.revision())
                    .setCause(e)
                    .log("Revision not put in force, the last one stays");
        }
    }

    private void apply(ConfigSnapshot snapshot) {
        var root =
                snapshot.of(MeshConfig.class).stream()
                        .map(resource -> resource.spec().rootNamespace())
                        .filter(namespace -> namespace != null && !namespace.isEmpty())
                        .findFirst()
                        .orElse(PolicyTable.DEFAULT_ROOT_NAMESPACE);
        var policy =
                PolicyTable.build(
                        snapshot.resources().values(), AttributeVocabulary.standard(), root);
        var built = builder.build(snapshot.revision(), policy);
        dispatcher.use(built.table());
        built.inForce().run();
        countHandlers(built.handlers());
        var problems = new ArrayList<Problem>(policy.problems());
        problems.addAll(built.problems());
        inForce =
                new InForce(
                        snapshot.revision(),
                        clock.instant(),
                        snapshot.fromDisk(),
                        policy,
                        problems);
        LOGGER.atInfo()
                .addKeyValue("version", snapshot.revision())
                .addKeyValue("rules", policy.rules().size())
                .addKeyValue("problems", problems.size())
                .addKeyValue("fromDisk", snapshot.fromDisk())
                .log("Revision in force");
        var said =
                ConfigReport.newBuilder()
                        .setComponent("mixer")
                        .setReplica(replica)
                        .setRevision(snapshot.revision());
        problems.forEach(problem -> said.addProblems(ConfigReporter.reported(problem)));
        report.accept(said.build());
        ready.complete(null);
    }

    private void countHandlers(Set<PolicyHandler> next) {
        var reused = new HashSet<>(next);
        reused.retainAll(handlers);
        metrics.handlers(
                next.size() - reused.size(), reused.size(), handlers.size() - reused.size());
        handlers = next;
    }
}
