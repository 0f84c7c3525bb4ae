package dev.quartet.pilot;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.Ports;
import dev.quartet.admin.Readiness;
import dev.quartet.admin.ServiceName;
import dev.quartet.admin.StatusContributor;
import dev.quartet.admin.mesh.GalleyProperties;
import dev.quartet.admin.mesh.IdentityProperties;
import dev.quartet.admin.mesh.IdentityStatus;
import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.pilot.admin.PilotView;
import dev.quartet.pilot.ingest.InputLoop;
import dev.quartet.pilot.ingest.IssuerHosts;
import dev.quartet.pilot.ingest.IssuerSettings;
import dev.quartet.pilot.ingest.PresenceRegistry;
import dev.quartet.pilot.kube.ClusterMetrics;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.registry.GraceSettings;
import dev.quartet.pilot.registry.Registries;
import dev.quartet.pilot.registry.RegistryFamily;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.status.ConfigLedger;
import dev.quartet.pilot.status.Convergence;
import dev.quartet.pilot.status.PatchTrial;
import dev.quartet.pilot.status.Refusals;
import dev.quartet.pilot.status.StatusReporter;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.trial.Current;
import dev.quartet.pilot.trial.Trial;
import dev.quartet.pilot.xds.AdsServer;
import dev.quartet.pilot.xds.ConnectionStatus;
import dev.quartet.stream.ConfigReporter;
import dev.quartet.stream.ConfigStream;
import dev.quartet.stream.ConfigStreamSettings;
import io.grpc.ManagedChannel;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Pilot in flow order:
///
/// `Galley (MCP), registries, proxies that register ─▶ ingest ─▶ snapshot ─▶ translate ─▶ xds ─▶ Envoy`, and
/// `status ─▶ Galley`.
@Configuration(proxyBeanMethods = false)
class Pipeline {
    private static final EnumSet<Kind> KINDS = EnumSet.allOf(Kind.class);

    @Bean(destroyMethod = "close")
    ServiceIdentity serviceIdentity(
            IdentityProperties identity, AdminProperties shared, Clock clock) {
        return identity.start(shared, clock);
    }

    @Bean(destroyMethod = "shutdownNow")
    ManagedChannel galleyChannel(
            GalleyProperties galley, ServiceIdentity identity, AdminProperties shared) {
        return galley.channel(identity, shared);
    }

    @Bean
    Wakeup inputsChanged() {
        return new Wakeup();
    }

    @Bean(destroyMethod = "close")
    PresenceRegistry presences(AdminProperties properties, Wakeup inputsChanged)
            throws IOException {
        return new PresenceRegistry(properties.stateDir(), inputsChanged);
    }

    @Bean(destroyMethod = "close")
    AdsServer adsServer(
            PresenceRegistry presences,
            PilotSettings settings,
            Clock clock,
            MeterRegistry registry) {
        return new AdsServer(presences, clock, registry, settings.pushThreads());
    }

    @Bean(destroyMethod = "close")
    ConfigReporter configReporter(ManagedChannel galleyChannel, Clock clock) {
        return ConfigReporter.start(galleyChannel, clock);
    }

    @Bean
    ConfigLedger configLedger() {
        return new ConfigLedger();
    }

    @Bean
    Refusals refusals(Mesh mesh, ConfigLedger ledger) {
        return new Refusals(mesh::madeFrom, ledger);
    }

    @Bean(destroyMethod = "close")
    Convergence convergence(AdsServer proxies, ConfigLedger ledger, Refusals refusals) {
        var convergence = new Convergence(proxies::progress, ledger, refusals);
        proxies.watch(convergence::moved);
        return convergence;
    }

    @Bean(destroyMethod = "close")
    PatchTrial patchTrial(AdsServer proxies, Mesh mesh, Wakeup inputsChanged) {
        var trial =
                new PatchTrial(proxies::progress, proxies::isQuiet, mesh.patched(), inputsChanged);
        proxies.watch(trial::moved);
        return trial;
    }

    @Bean(destroyMethod = "close")
    StatusReporter statusReporter(
            AdsServer proxies,
            Mesh mesh,
            ConfigLedger ledger,
            Refusals refusals,
            PatchTrial patches,
            ConfigReporter galley,
            ServiceName service,
            Ports ports,
            PilotSettings settings) {
        return new StatusReporter(
                replica(service, ports, settings),
                proxies::progress,
                ledger,
                refusals,
                () -> problems(mesh, patches),
                galley::report);
    }

    @Bean
    Mesh mesh(AdsServer proxies, MeterRegistry registry) {
        return new Mesh(proxies, registry);
    }

    @Bean
    MeshMetrics meshMetrics(Mesh mesh, MeterRegistry meters, PrometheusRegistry registry) {
        return new MeshMetrics(mesh, meters, registry);
    }

    /// Services and workloads beside the config's; the first family has precedence: the own cluster, others, discovery clients.
    @Bean(destroyMethod = "close")
    Registries registries(
            ObjectProvider<RegistryFamily> families,
            GraceSettings settings,
            Clock clock,
            MeterRegistry meters,
            Wakeup inputsChanged) {
        return new Registries(
                families.orderedStream().toList(), settings, clock, meters, inputsChanged);
    }

    @Bean
    ClusterMetrics clusterMetrics(MeterRegistry meters) {
        return new ClusterMetrics(meters);
    }

    @Bean
    StatusContributor registriesSection(Registries registries) {
        return StatusContributor.of("registries", registries::status);
    }

    @Bean(destroyMethod = "close")
    IssuerHosts issuerHosts(IssuerSettings settings, Wakeup inputsChanged) {
        return new IssuerHosts(
                settings, host -> List.of(InetAddress.getAllByName(host)), inputsChanged);
    }

    @Bean(destroyMethod = "close")
    InputLoop inputLoop(
            PresenceRegistry presences,
            Registries registries,
            IssuerHosts issuers,
            Mesh mesh,
            MeshMetrics metrics,
            ConfigLedger ledger,
            PatchTrial patches,
            StatusReporter status,
            Wakeup inputsChanged) {
        var counted = metrics.counted(mesh::accept);
        var loop =
                new InputLoop(
                        presences::presences,
                        registries,
                        issuers::of,
                        patches::leftOut,
                        inputs -> {
                            counted.accept(inputs);
                            ledger.published(inputs.config());
                            patches.given(inputs.leftOut().keySet());
                            status.wake();
                        });
        inputsChanged.to(loop::changed);
        return loop;
    }

    @Bean(destroyMethod = "close")
    ConfigStream configStream(
            AdminProperties properties,
            ServiceName service,
            PilotSettings settings,
            Ports ports,
            ManagedChannel galleyChannel,
            Clock clock,
            InputLoop inputs) {
        return ConfigStream.start(
                new ConfigStreamSettings(
                        properties.stateDir(), "pilot~" + replica(service, ports, settings), KINDS),
                galleyChannel,
                clock,
                inputs);
    }

    @Bean
    XdsDoor xdsDoor(
            AdminProperties properties,
            PilotSettings settings,
            Ports ports,
            ServiceIdentity identity,
            Mesh mesh,
            AdsServer proxies) {
        return new XdsDoor(
                new XdsDoor.Ports(
                        new InetSocketAddress(
                                properties.bindAddress(), ports.of(settings.xdsPort())),
                        XdsDoor.loopback(
                                settings.plaintextXds(), ports.of(settings.plaintextXdsPort()))),
                properties.trustDomain(),
                settings.connectionAge(),
                identity,
                mesh.ready(),
                proxies);
    }

    private static Collection<Problem> problems(Mesh mesh, PatchTrial patches) {
        return Stream.concat(mesh.problems().stream(), patches.problems().stream()).toList();
    }

    @Bean
    PilotView pilotView(AdsServer proxies, Mesh mesh, PatchTrial patches) {
        return new PilotView() {
            @Override
            public List<ConnectionStatus> proxies() {
                return proxies.status();
            }

            @Override
            public List<Proxy> connected() {
                return proxies.connected();
            }

            @Override
            public Optional<Current> current() {
                return mesh.current();
            }

            @Override
            public int lookAgain() {
                return proxies.lookAgain();
            }

            @Override
            public Collection<Problem> problems() {
                return Pipeline.problems(mesh, patches);
            }

            @Override
            public Optional<AdsServer.Holdings> holdings(String instance) {
                return proxies.holdings(instance);
            }

            @Override
            public Collection<ResourceKey> madeFrom(Proxy proxy, XdsType type, String name) {
                return mesh.madeFrom(proxy, type, name);
            }

            @Override
            public Optional<MeshSnapshot> snapshot() {
                return mesh.snapshot();
            }
        };
    }

    @Bean
    Trial trial() {
        return new Trial();
    }

    /// Ready to serve proxies: config, a certificate and an open port.
    @Bean("pilot")
    HealthIndicator pilotHealth(
            XdsDoor door,
            Mesh mesh,
            Registries registries,
            ServiceIdentity identity,
            IdentityProperties trust,
            GalleyProperties galley,
            AdminProperties shared) {
        return () ->
                new Readiness()
                        .needs(identity.ready(), trust.missing(identity, shared))
                        .needs(
                                registries.missing().isEmpty(),
                                "the first lists of " + String.join(", ", registries.missing()))
                        .needs(mesh.snapshot().isPresent(), galley.missing(shared))
                        .lastly(door.isOpen(), "its own port for proxies")
                        .health();
    }

    @Bean
    StatusContributor configSection(Mesh mesh, ConfigStream stream) {
        return StatusContributor.of(
                "config",
                () -> {
                    var facts = new LinkedHashMap<String, Object>();
                    mesh.snapshot()
                            .ifPresent(snapshot -> facts.put("revision", snapshot.revision()));
                    facts.put("stream", stream.status());
                    return facts;
                });
    }

    @Bean
    StatusContributor proxiesSection(AdsServer proxies, PresenceRegistry presences) {
        return StatusContributor.of(
                "proxies",
                () -> {
                    var counts = new LinkedHashMap<String, Object>();
                    for (var state : ConnectionStatus.State.values()) {
                        counts.put(
                                state.name().toLowerCase(java.util.Locale.ROOT),
                                proxies.progress().stream()
                                        .filter(proxy -> proxy.state() == state)
                                        .count());
                    }
                    counts.put("workloadsComplete", presences.presences().complete());
                    return counts;
                });
    }

    @Bean
    StatusContributor identitySection(ServiceIdentity identity) {
        return IdentityStatus.section(identity);
    }

    private static String replica(ServiceName service, Ports ports, PilotSettings settings) {
        return service.replica(ports.of(settings.xdsPort()));
    }
}
