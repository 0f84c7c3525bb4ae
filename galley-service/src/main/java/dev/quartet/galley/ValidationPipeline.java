package dev.quartet.galley;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.Ports;
import dev.quartet.admin.StatusContributor;
import dev.quartet.admin.mesh.IdentityProperties;
import dev.quartet.admin.webhook.Awaited;
import dev.quartet.admin.webhook.Webhook;
import dev.quartet.admin.webhook.WebhookCertificate;
import dev.quartet.galley.admission.Agreements;
import dev.quartet.galley.admission.ConfigReviewer;
import dev.quartet.galley.admission.Departures;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.register.ValidationWebhooks;
import dev.quartet.identity.ServiceIdentity;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnCloudPlatform;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;

/// The validating webhook: in a cluster, and wherever an operator has set certificate files for it. It opens when all
/// sources are read, since a part of the mesh is nothing to judge by.
@Configuration(proxyBeanMethods = false)
@Conditional(ValidationPipeline.Wanted.class)
class ValidationPipeline {
    /// How long the watch may lag behind the apiserver.
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    static final class Wanted extends AnyNestedCondition {
        Wanted() {
            super(ConfigurationPhase.REGISTER_BEAN);
        }

        @ConditionalOnCloudPlatform(CloudPlatform.KUBERNETES)
        static final class InCluster {}

        @ConditionalOnProperty("quartet.galley.certificate-file")
        static final class ByFiles {}
    }

    @Bean
    WebhookCertificate webhookCertificate(
            GalleySettings settings,
            IdentityProperties identity,
            ServiceIdentity own,
            AdminProperties shared,
            GalleyMetrics metrics) {
        var certificate =
                WebhookCertificate.ofFiles(
                                "quartet.galley",
                                settings.certificateFile(),
                                settings.keyFile(),
                                settings.caBundleFile())
                        .orElseGet(() ->
                                WebhookCertificate.of(own, () -> identity.missing(own, shared)));
        metrics.watchCertificate(certificate::updates, certificate::failures);
        return certificate;
    }

    @Bean
    Webhook webhook(
            GalleySettings settings,
            AdminProperties shared,
            Ports ports,
            WebhookCertificate certificate,
            SourcesRead sources,
            ChangeDesk desk,
            ObjectProvider<Departures> cluster,
            ObjectProvider<Agreements> batches,
            GalleyMetrics metrics) {
        var departures = cluster.getIfAvailable(() -> Departures.UNKNOWN);
        var agreements = batches.getIfAvailable(() -> Agreements.NONE);
        return new Webhook(
                new InetSocketAddress(shared.bindAddress(), ports.of(settings.webhookPort())),
                certificate,
                List.of(new Awaited("the first lists of all sources", sources::await)),
                Map.of(
                        ValidationWebhooks.PILOT_PATH,
                        new ConfigReviewer(
                                desk,
                                ValidationWebhooks.pilotsKinds(),
                                settings.referencedDeletes(),
                                departures,
                                agreements,
                                PATIENCE,
                                metrics),
                        ValidationWebhooks.MIXER_PATH,
                        new ConfigReviewer(
                                desk,
                                ValidationWebhooks.mixersKinds(),
                                settings.referencedDeletes(),
                                departures,
                                agreements,
                                PATIENCE,
                                metrics)),
                metrics);
    }

    @Bean
    StatusContributor webhookSection(Webhook webhook) {
        return webhook.section();
    }
}
