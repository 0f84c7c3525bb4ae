package dev.quartet.galley;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.Ports;
import dev.quartet.admin.Readiness;
import dev.quartet.admin.StatusContributor;
import dev.quartet.admin.mesh.IdentityProperties;
import dev.quartet.admin.mesh.IdentityStatus;
import dev.quartet.config.Severity;
import dev.quartet.config.analyze.Surroundings;
import dev.quartet.galley.admin.ConfigDoor;
import dev.quartet.galley.admin.KnownSurroundings;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.cluster.ClusterWrites;
import dev.quartet.galley.history.Cause;
import dev.quartet.galley.history.History;
import dev.quartet.galley.kube.ClusterView;
import dev.quartet.galley.kube.KubernetesSource;
import dev.quartet.galley.mcp.McpSource;
import dev.quartet.galley.source.AppliedSource;
import dev.quartet.galley.source.BuiltInSource;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.DirectorySource;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.ReadAhead;
import dev.quartet.galley.source.SourceContent;
import dev.quartet.galley.source.StateFolder;
import dev.quartet.galley.status.ConfigStatusService;
import dev.quartet.galley.status.ReportBoard;
import dev.quartet.galley.status.StatusTable;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.policy.DefaultPolicies;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Galley in flow order:
///
/// `built in, directory, REST, kube ─▶ source ─▶ change (process: merge, judge; history) ─▶ snapshot ─▶ mcp ─▶ sinks`, and
/// `status ◀─ ConfigStatus ◀─ sinks`; in a cluster also `kube-apiserver ─▶ admission ─▶ change`, for a verdict only.
@Configuration(proxyBeanMethods = false)
class Pipeline {
    private static final int MIXER_PORT = 9091;

    @Bean
    GalleyMetrics galleyMetrics(PrometheusRegistry registry) {
        return new GalleyMetrics(registry);
    }

    @Bean
    StateFolder stateFolder(AdminProperties shared) {
        return StateFolder.open(shared.stateDir());
    }

    @Bean
    BuiltInSource builtInSource(GalleySettings settings, AdminProperties shared)
            throws IOException {
        var mixer =
                settings.mixerAddress() == null
                        ? shared.onThisMachine(MIXER_PORT)
                        : settings.mixerAddress();
        var files = new ArrayList<ConfigFile>();
        DefaultPolicies.documents()
                .forEach(document -> files.add(ConfigFile.read(document.name(), document.yaml())));
        var meshConfig = meshConfig(mixer.toString(), shared.trustDomain());
        files.add(ConfigFile.read("built-in/mesh-config.yaml", meshConfig));
        return new BuiltInSource(files);
    }

    private static String meshConfig(String mixer, String trustDomain) throws IOException {
        try (var file =
                Objects.requireNonNull(
                        Pipeline.class.getResourceAsStream("/built-in/mesh-config.yaml"),
                        "it is in the jar")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("${mixer}", mixer)
                    .replace("${trustDomain}", trustDomain);
        }
    }

    @Bean
    @ConditionalOnProperty("quartet.galley.config-dir")
    DirectorySource directorySource(
            GalleySettings settings,
            ObjectProvider<ReadAhead> begun,
            StateFolder state,
            Clock clock) {
        var root =
                Objects.requireNonNull(settings.configDir(), "the condition says that it is set");
        return new DirectorySource(
                root, begun.getIfAvailable(() -> ReadAhead.begin(root)), state, clock);
    }

    @Bean
    AppliedSource appliedSource(StateFolder state) {
        return new AppliedSource(state);
    }

    /// In a cluster nothing is added to it: the leader records in Secrets.
    @Bean
    History history(
            StateFolder state,
            AppliedSource applied,
            ObjectProvider<KubernetesSource> kubernetes,
            GalleySettings settings,
            Clock clock) {
        return History.open(
                state,
                applied.resources(),
                settings.revisionsKept(),
                kubernetes.getIfAvailable() == null,
                clock);
    }

    @Bean
    ChangeDesk changeDesk(
            BuiltInSource builtIn,
            ObjectProvider<DirectorySource> directory,
            ObjectProvider<KubernetesSource> kubernetes,
            AppliedSource applied,
            History history,
            Clock clock,
            GalleyMetrics metrics) {
        var others = new ArrayList<Supplier<SourceContent>>();
        others.add(builtIn::content);
        directory.ifAvailable(source -> others.add(source::content));
        kubernetes.ifAvailable(source -> {
            others.add(source::content);
            others.add(source::ingressContent);
        });
        var desk = ChangeDesk.open(applied, others, history, clock, metrics);
        metrics.published();
        desk.log().subscribe(ignored -> metrics.published());
        directory.ifAvailable(source -> source.watch(desk.ofDirectory()));
        kubernetes.ifAvailable(source ->
                source.watch(batch ->
                        desk.refresh(
                                batch.map(it -> it.cause().by(it.number()))
                                        .orElseGet(Cause::kubernetes))));
        return desk;
    }

    /// REST's way to change config.
    @Bean
    ConfigDoor configDoor(ChangeDesk desk, ObjectProvider<ClusterWrites> cluster) {
        var writes = cluster.getIfAvailable();
        return writes == null
                ? new ConfigDoor(desk, Origin.APPLIED, desk::history)
                : new ConfigDoor(writes.changes(), Origin.KUBERNETES, writes::revisions);
    }

    /// What analysis knows beside the config.
    @Bean
    KnownSurroundings knownSurroundings(ObjectProvider<ClusterView> cluster) {
        var view = cluster.getIfAvailable();
        return new KnownSurroundings(
                view == null ? Surroundings::outsideKubernetes : view::surroundings);
    }

    /// All sources have been read once; before, nobody may get the config.
    @Bean
    SourcesRead sourcesRead(ObjectProvider<KubernetesSource> kubernetes) {
        var source = kubernetes.getIfAvailable();
        return new SourcesRead(
                source == null ? CompletableFuture.completedFuture(null) : source.complete());
    }

    @Bean
    McpSource mcpSource(ChangeDesk desk, GalleyMetrics metrics, Clock clock) {
        return new McpSource(desk.log(), metrics, clock);
    }

    @Bean
    ReportBoard reportBoard(Clock clock) {
        return new ReportBoard(clock);
    }

    @Bean
    StatusTable statusTable(
            ReportBoard board, ChangeDesk desk, GalleyMetrics metrics, Clock clock) {
        var log = desk.log();
        var table = new StatusTable(board, log, clock);
        metrics.watch(desk::config, log::current, () -> table.of(log.current().id()));
        return table;
    }

    @Bean
    ServiceIdentity serviceIdentity(
            IdentityProperties identity, AdminProperties shared, Clock clock) {
        return identity.start(shared, clock);
    }

    @Bean
    GrpcDoor grpcDoor(
            GalleySettings settings,
            AdminProperties shared,
            Ports ports,
            ServiceIdentity identity,
            SourcesRead sources,
            McpSource mcp,
            ReportBoard board) {
        return new GrpcDoor(
                new InetSocketAddress(shared.bindAddress(), ports.of(settings.grpcPort())),
                shared.trustDomain(),
                settings.connectionAge(),
                identity,
                sources,
                mcp,
                new ConfigStatusService(board));
    }

    /// Ready to serve sinks: all config read, and a certificate to show.
    @Bean("galley")
    HealthIndicator galleyHealth(
            SourcesRead sources,
            GrpcDoor door,
            ServiceIdentity own,
            IdentityProperties identity,
            AdminProperties shared) {
        return () ->
                new Readiness()
                        .needs(own.ready(), identity.missing(own, shared))
                        .needs(sources.done(), "the first lists of all sources")
                        .lastly(door.isOpen(), "its own port for sinks")
                        .health();
    }

    @Bean
    StatusContributor configSection(ChangeDesk desk) {
        return StatusContributor.of(
                "config",
                () -> {
                    var newest = desk.log().newest();
                    var problems = desk.config().problems();
                    var facts = new LinkedHashMap<String, Object>();
                    facts.put("revision", newest.id());
                    facts.put("publishedAt", newest.at());
                    facts.put("resources", desk.config().entries().size());
                    facts.put(
                            "errors",
                            problems.stream()
                                    .filter(it -> it.severity() == Severity.ERROR)
                                    .count());
                    facts.put(
                            "warnings",
                            problems.stream()
                                    .filter(it -> it.severity() == Severity.WARNING)
                                    .count());
                    return facts;
                });
    }

    @Bean
    StatusContributor sinksSection(McpSource mcp) {
        return StatusContributor.of("sinks", mcp::sinks);
    }

    @Bean
    StatusContributor identitySection(ServiceIdentity identity) {
        return IdentityStatus.section(identity);
    }
}
