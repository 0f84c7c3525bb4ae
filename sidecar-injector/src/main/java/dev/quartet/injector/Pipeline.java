package dev.quartet.injector;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.HostPort;
import dev.quartet.admin.Ports;
import dev.quartet.admin.StartupFailure;
import dev.quartet.admin.StatusContributor;
import dev.quartet.admin.mesh.IdentityProperties;
import dev.quartet.admin.mesh.IdentityStatus;
import dev.quartet.admin.webhook.Webhook;
import dev.quartet.admin.webhook.WebhookCertificate;
import dev.quartet.bootstrap.BootstrapSpec.Address;
import dev.quartet.bootstrap.BootstrapSpec.Server;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.SpiffeId;
import dev.quartet.injector.decide.InjectionPolicy;
import dev.quartet.injector.inject.PodInjector;
import dev.quartet.injector.manifest.ManifestInjector;
import dev.quartet.injector.register.InjectionWebhooks;
import dev.quartet.injector.register.RegistrationMetrics;
import dev.quartet.injector.render.MeshSettings;
import dev.quartet.injector.render.SidecarRenderer;
import dev.quartet.injector.review.InjectionMetrics;
import dev.quartet.injector.review.PodReviewer;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.type.AnnotatedTypeMetadata;

/// The injector as one flow:
///
/// ```
/// kube-apiserver ─▶ Webhook ─▶ review ─┐
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
    @Conditional(NeedsIdentity.class)
    ServiceIdentity serviceIdentity(
            IdentityProperties identity, AdminProperties shared, Clock clock) {
        return identity.start(shared, clock);
    }

    @Bean
    Webhook webhook(
            InjectorSettings settings,
            IdentityProperties identity,
            ObjectProvider<ServiceIdentity> own,
            AdminProperties shared,
            Ports ports,
            PodInjector injector,
            MeterRegistry meters) {
        var metrics = new InjectionMetrics(meters);
        var certificate =
                WebhookCertificate.ofFiles(
                                "quartet.injector",
                                settings.certificateFile(),
                                settings.keyFile(),
                                settings.caBundleFile())
                        .orElseGet(() -> fromCitadel(own.getObject(), identity, shared));
        return new Webhook(
                new InetSocketAddress(shared.bindAddress(), ports.of(settings.webhookPort())),
                certificate,
                List.of(),
                Map.of(InjectionWebhooks.PATH, new PodReviewer(injector, metrics)),
                metrics);
    }

    private static WebhookCertificate fromCitadel(
            ServiceIdentity own, IdentityProperties identity, AdminProperties shared) {
        return WebhookCertificate.of(own, () -> identity.missing(own, shared));
    }

    @Bean
    RegistrationMetrics registrationMetrics(MeterRegistry meters) {
        return new RegistrationMetrics(meters);
    }

    @Bean
    StatusContributor webhookStatus(Webhook webhook) {
        return webhook.section();
    }

    @Bean
    StatusContributor identityStatus(ObjectProvider<ServiceIdentity> own) {
        var identity = own.getIfAvailable();
        return identity == null
                ? StatusContributor.of("identity", () -> IdentityStatus.NONE)
                : IdentityStatus.section(identity);
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

    /// An operator's certificate files need no Citadel, unless REST is to show what it gives.
    static final class NeedsIdentity implements Condition {
        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            var settings = context.getEnvironment();
            return settings.getProperty("quartet.injector.certificate-file") == null
                    || settings.getProperty(
                            "quartet.admin.tls.from-identity", Boolean.class, false);
        }
    }

    private static Server server(HostPort address, SpiffeId identity) {
        return new Server(new Address(address.host(), address.port()), identity.uri());
    }
}
