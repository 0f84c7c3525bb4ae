package dev.quartet.injector;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.HostPort;
import dev.quartet.admin.Ports;
import dev.quartet.admin.StartupFailure;
import dev.quartet.admin.StatusContributor;
import dev.quartet.admin.mesh.IdentityProperties;
import dev.quartet.admin.mesh.IdentityStatus;
import dev.quartet.bootstrap.BootstrapSpec.Address;
import dev.quartet.bootstrap.BootstrapSpec.Server;
import dev.quartet.identity.SpiffeId;
import dev.quartet.injector.decide.InjectionPolicy;
import dev.quartet.injector.inject.PodInjector;
import dev.quartet.injector.manifest.ManifestInjector;
import dev.quartet.injector.register.RegistrationMetrics;
import dev.quartet.injector.render.MeshSettings;
import dev.quartet.injector.render.SidecarRenderer;
import dev.quartet.injector.review.InjectionMetrics;
import dev.quartet.injector.review.ReviewAnswerer;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
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
    PodInjector podInjector(InjectorSettings settings, AdminProperties shared) {
        var policy =
                new InjectionPolicy(
                        settings.policy() == InjectorSettings.Policy.ENABLED,
                        settings.systemNamespaces());
        return new PodInjector(policy, new SidecarRenderer(mesh(settings, shared)));
    }

    private static MeshSettings mesh(InjectorSettings settings, AdminProperties shared) {
        try {
            return new MeshSettings(
                    settings.proxyImage(),
                    settings.initImage(),
                    settings.nativeSidecar(),
                    server(settings.pilotAddress(), SpiffeId.pilot(shared.trustDomain())),
                    server(settings.citadelAddress(), SpiffeId.citadel(shared.trustDomain())),
                    settings.meshId(),
                    settings.concurrency(),
                    settings.proxyLogLevel(),
                    settings.drain());
        } catch (IllegalArgumentException e) {
            throw new StartupFailure(
                    "no sidecar can be made: " + e.getMessage(),
                    "correct it among quartet.injector.{proxy-image,init-image,concurrency,proxy-log-level,drain}",
                    e);
        }
    }

    @Bean
    ManifestInjector manifestInjector(PodInjector injector) {
        return new ManifestInjector(injector);
    }

    @Bean
    Webhook webhook(
            InjectorSettings settings,
            IdentityProperties identity,
            AdminProperties shared,
            Ports ports,
            PodInjector injector,
            MeterRegistry meters,
            Clock clock) {
        var metrics = new InjectionMetrics(meters);
        return new Webhook(
                settings,
                identity,
                shared,
                ports.of(settings.webhookPort()),
                new ReviewAnswerer(injector, metrics),
                metrics,
                clock);
    }

    @Bean
    RegistrationMetrics registrationMetrics(MeterRegistry meters) {
        return new RegistrationMetrics(meters);
    }

    @Bean
    StatusContributor webhookStatus(Webhook webhook) {
        return StatusContributor.of("webhook", webhook::status);
    }

    @Bean
    StatusContributor identityStatus(Webhook webhook) {
        return StatusContributor.of(
                "identity",
                () -> webhook.identity().map(IdentityStatus::of).orElse(IdentityStatus.NONE));
    }

    @Bean
    StatusContributor configStatus(InjectorSettings settings) {
        return StatusContributor.of("config", () -> ConfigStatus.of(settings));
    }

    /// What the injector does with pods.
    private record ConfigStatus(
            String policy,
            List<String> systemNamespaces,
            String proxyImage,
            String initImage,
            boolean nativeSidecar,
            String pilotAddress,
            String citadelAddress) {
        static ConfigStatus of(InjectorSettings settings) {
            return new ConfigStatus(
                    settings.policy().name().toLowerCase(Locale.ROOT),
                    settings.systemNamespaces().stream().sorted().toList(),
                    settings.proxyImage(),
                    settings.initImage(),
                    settings.nativeSidecar(),
                    settings.pilotAddress().toString(),
                    settings.citadelAddress().toString());
        }
    }

    private static Server server(HostPort address, SpiffeId identity) {
        return new Server(new Address(address.host(), address.port()), identity.uri());
    }
}
