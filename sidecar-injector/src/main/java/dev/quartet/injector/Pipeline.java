package dev.quartet.injector;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.Ports;
import dev.quartet.admin.StartupFailure;
import dev.quartet.admin.StatusContributor;
import dev.quartet.bootstrap.BootstrapSpec.Address;
import dev.quartet.bootstrap.BootstrapSpec.Server;
import dev.quartet.identity.SpiffeId;
import dev.quartet.injector.decide.InjectionPolicy;
import dev.quartet.injector.inject.PodInjector;
import dev.quartet.injector.manifest.ManifestInjector;
import dev.quartet.injector.render.MeshSettings;
import dev.quartet.injector.render.SidecarRenderer;
import dev.quartet.injector.review.InjectionMetrics;
import dev.quartet.injector.review.ReviewAnswerer;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// The injector as one flow:
///
/// ```
/// kube-apiserver ─▶ webhook ─▶ review ─┐
///                                      ├─▶ inject: decide ─▶ render ─▶ patch
/// people, CLI ─▶ admin ─▶ manifest ────┘
/// ```
///
/// The webhook opens when there is a certificate (files, or the service's identity from Citadel); REST works meanwhile.
@Configuration(proxyBeanMethods = false)
class Pipeline {

    @Bean
    PodInjector podInjector(InjectorSettings settings) {
        var own = settings.injector();
        var policy =
                new InjectionPolicy(
                        own.policy() == InjectorSettings.Policy.ENABLED, own.systemNamespaces());
        var pilot =
                new SpiffeId(
                        settings.trustDomain(),
                        settings.controlPlaneNamespace(),
                        "istio-pilot-service-account");
        var citadel =
                new SpiffeId(
                        settings.trustDomain(),
                        settings.controlPlaneNamespace(),
                        "istio-citadel-service-account");
        var mesh =
                new MeshSettings(
                        own.proxyImage(),
                        own.initImage(),
                        own.nativeSidecar(),
                        new Server(
                                address("quartet.injector.pilot-address", own.pilotAddress()),
                                pilot.uri()),
                        new Server(
                                address("quartet.injector.citadel-address", own.citadelAddress()),
                                citadel.uri()),
                        own.meshId(),
                        own.concurrency(),
                        own.proxyLogLevel(),
                        own.drain());
        return new PodInjector(policy, new SidecarRenderer(mesh));
    }

    @Bean
    ManifestInjector manifestInjector(PodInjector injector) {
        return new ManifestInjector(injector);
    }

    @Bean
    Webhook webhook(
            InjectorSettings settings,
            AdminProperties common,
            Ports ports,
            PodInjector injector,
            MeterRegistry meters,
            Clock clock) {
        var metrics = new InjectionMetrics(meters);
        return new Webhook(
                settings,
                common,
                ports.of(settings.injector().webhookPort()),
                new ReviewAnswerer(injector, metrics),
                metrics,
                clock);
    }

    @Bean
    StatusContributor webhookStatus(Webhook webhook) {
        return new Section("webhook", webhook::status);
    }

    @Bean
    StatusContributor configStatus(InjectorSettings settings) {
        var own = settings.injector();
        return new Section(
                "config",
                () ->
                        new TreeMap<String, Object>(
                                Map.of(
                                        "policy",
                                                own.policy()
                                                        .name()
                                                        .toLowerCase(java.util.Locale.ROOT),
                                        "systemNamespaces",
                                                own.systemNamespaces().stream().sorted().toList(),
                                        "proxyImage", own.proxyImage(),
                                        "initImage", own.initImage(),
                                        "nativeSidecar", own.nativeSidecar(),
                                        "pilotAddress", own.pilotAddress(),
                                        "citadelAddress", own.citadelAddress())));
    }

    private record Section(String name, java.util.function.Supplier<Object> value)
            implements StatusContributor {
        @Override
        public Object status() {
            return value.get();
        }
    }

    private static Address address(String setting, String text) {
        int colon = text.lastIndexOf(':');
        try {
            return new Address(
                    text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new StartupFailure(
                    "%s is \"%s\", which is not host:port".formatted(setting, text),
                    "give it as istio-pilot.istio-system.svc:15011",
                    e);
        }
    }
}
