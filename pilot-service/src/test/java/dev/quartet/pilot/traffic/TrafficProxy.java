package dev.quartet.pilot.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.TestBootstrap;
import dev.quartet.pilot.TestSecrets;
import dev.quartet.pilot.explain.Explainer;
import dev.quartet.pilot.explain.Explanation;
import dev.quartet.pilot.explain.Question;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.translate.PolicyFilters;
import dev.quartet.pilot.translate.ProxyConfig;
import dev.quartet.pilot.translate.ResourceSet;
import dev.quartet.pilot.translate.Translation;
import dev.quartet.pilot.translate.XdsResource;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.AdsServer;
import dev.quartet.pilot.xds.AdsServer.Audience;
import dev.quartet.pilot.xds.ConnectionStatus;
import dev.quartet.testkit.EnvoyProcess;
import dev.quartet.testkit.FreePorts;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// One Envoy that gets one config after the other from Pilot's stages.
final class TrafficProxy implements AutoCloseable {
    /// Its place in `/apis/networking/v1alpha3/namespaces/shop/virtual-service/reviews`.
    private static final int NAMESPACE = 5;

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private final AdsServer ads =
            new AdsServer(Meshes.NOBODY, Clock.systemUTC(), new SimpleMeterRegistry(), 2);
    private final int port = FreePorts.one();
    private final Proxy proxy;
    private final Server server;
    private final EnvoyProcess envoy;
    private Translation translation = Translation.of(Meshes.snapshot(Meshes.config("none")));

    /// @param role `gateway`, or the sidecar's workload
    TrafficProxy(String role, TestSecrets secrets) {
        this(role, secrets, "DELTA_GRPC");
    }

    /// @param api `DELTA_GRPC` or `GRPC`
    TrafficProxy(String role, TestSecrets secrets, String api) {
        proxy = role.equals("gateway") ? Meshes.gateway() : sidecar(role, port);
        try {
            server =
                    NettyServerBuilder.forAddress(
                                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                            .directExecutor()
                            .addService(ads.service())
                            .addService(secrets)
                            .build()
                            .start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        envoy =
                EnvoyProcess.start(
                        TestBootstrap.of(proxy, server.getPort(), api),
                        "--file-flush-interval-msec",
                        "50");
    }

    /// In capture mode NONE, with its HTTP proxy on a port that is free.
    private static Proxy sidecar(String workload, int port) {
        var model = Meshes.sidecar(workload, "127.0.0.1");
        return new Proxy(
                model.id(),
                model.role(),
                model.namespace(),
                model.serviceAccount(),
                model.instance(),
                model.workload(),
                List.of(model.address()),
                model.interception(),
                model.group(),
                port,
                new TreeMap<>(),
                model.http(),
                model.place(),
                model.envoyVersion(),
                model.metadata());
    }

    /// Where requests go: the sidecar's HTTP proxy, or the gateway's server.
    InetSocketAddress address() {
        return new InetSocketAddress(proxy.address(), port);
    }

    boolean isGateway() {
        return proxy.role() == Proxy.Role.GATEWAY;
    }

    EnvoyProcess envoy() {
        return envoy;
    }

    /// What Pilot says of a request that this proxy sends, or gets from outside.
    Explanation explain(Question question) {
        return new Explainer(translation, List.of(new Explainer.Connected(proxy, Optional.empty())))
                .explain(proxy.instance(), question);
    }

    /// The VirtualServices, as `shop/reviews`, that the routes of a virtual host say they are from.
    Set<String> routedBy(String virtualHost) {
        var names = new TreeSet<String>();
        for (var set : translation.configFor(proxy).sets(XdsType.RDS)) {
            for (var table : set.all()) {
                try {
                    table.content().unpack(RouteConfiguration.class).getVirtualHostsList().stream()
                            .filter(host -> host.getName().equals(virtualHost))
                            .flatMap(host -> host.getRoutesList().stream())
                            .flatMap(route ->
                                    route.getMetadata().getFilterMetadataMap().values().stream())
                            .map(it -> it.getFieldsOrThrow("config").getStringValue().split("/"))
                            .forEach(it -> names.add(it[NAMESPACE] + "/" + it[it.length - 1]));
                } catch (InvalidProtocolBufferException wrong) {
                    throw new UncheckedIOException(wrong);
                }
            }
        }
        return names;
    }

    /// Those that issuers' keys are fetched from.
    Set<String> clustersOfIssuers() {
        var names = new TreeSet<String>();
        for (var set : translation.configFor(proxy).sets(XdsType.ECDS)) {
            set.all().stream()
                    .filter(filter -> filter.name().startsWith(PolicyFilters.TOKENS))
                    .forEach(filter -> names.addAll(filter.clusters()));
        }
        return names;
    }

    /// Those that have another name in Envoy's statistics.
    Map<String, String> clustersByStatName() {
        var names = new TreeMap<String, String>();
        for (var set : translation.configFor(proxy).sets(XdsType.CDS)) {
            for (var resource : set.all()) {
                try {
                    var cluster = resource.content().unpack(Cluster.class);
                    if (!cluster.getAltStatName().isEmpty()) {
                        names.put(cluster.getAltStatName(), cluster.getName());
                    }
                } catch (InvalidProtocolBufferException wrong) {
                    throw new UncheckedIOException(wrong);
                }
            }
        }
        return names;
    }

    /// Gives Envoy the config and waits until all of it is in force.
    void serve(String revision, String... config) {
        publish(Translation.of(Meshes.snapshot(Meshes.config(revision, config), proxy)));
        awaitInForce(revision);
    }

    /// The same with other filters in the place of some of Pilot's.
    ///
    /// @param filters by the name by which Envoy asks for them
    MeshSnapshot serveWith(String revision, Map<String, Any> filters, String... config) {
        var snapshot = Meshes.snapshot(Meshes.config(revision, config), proxy);
        translation = Translation.of(snapshot);
        var whole = translation;
        ads.publish(one -> with(filters, whole.configFor(one)), Audience.EVERYONE);
        awaitInForce(revision);
        return snapshot;
    }

    private static ProxyConfig with(Map<String, Any> filters, ProxyConfig config) {
        var sets = new EnumMap<>(config.sets());
        sets.put(
                XdsType.ECDS,
                config.sets(XdsType.ECDS).stream()
                        .map(set ->
                                ResourceSet.of(
                                        set.all().stream().map(it -> with(filters, it)).toList()))
                        .toList());
        return new ProxyConfig(config.revision(), sets);
    }

    private static XdsResource with(Map<String, Any> filters, XdsResource resource) {
        var filter = filters.get(resource.name());
        return filter == null
                ? resource
                : XdsResource.of(
                        XdsType.ECDS,
                        resource.name(),
                        TypedExtensionConfig.newBuilder()
                                .setName(resource.name())
                                .setTypedConfig(filter)
                                .build(),
                        Set.of());
    }

    Proxy proxy() {
        return proxy;
    }

    /// Does not wait.
    void publish(Translation translation) {
        this.translation = translation;
        ads.publish(translation::configFor, Audience.EVERYONE);
    }

    void awaitInForce(String revision) {
        await().atMost(LIMIT)
                .untilAsserted(() -> {
                    assertThat(ads.status()).hasSize(1);
                    var status = ads.status().getFirst();
                    assertThat(status.errors()).isEmpty();
                    assertThat(status.revisionInForce()).as("%s", status).isEqualTo(revision);
                    assertThat(status.state()).isEqualTo(ConnectionStatus.State.SYNCED);
                    assertThat(envoy.stat("cluster_manager.warming_clusters")).isZero();
                    assertThat(envoy.stat("listener_manager.total_listeners_warming")).isZero();
                });
    }

    @Override
    public void close() {
        envoy.close();
        ads.close();
        server.shutdownNow();
    }
}
