package dev.quartet.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhook;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhook;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.WebhookClientConfig;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// One of the two types of webhook configuration, which fabric8's model has nothing in common for.
///
/// @param <C> the configuration
/// @param <W> a webhook of it
public final class WebhookType<C extends HasMetadata, W> {
    public static final WebhookType<MutatingWebhookConfiguration, MutatingWebhook> MUTATING =
            new WebhookType<>(
                    client -> client.admissionRegistration().v1().mutatingWebhookConfigurations(),
                    MutatingWebhookConfiguration::getWebhooks,
                    MutatingWebhookConfiguration::setWebhooks,
                    MutatingWebhook::getName,
                    MutatingWebhook::getClientConfig,
                    MutatingWebhook::setClientConfig);

    public static final WebhookType<ValidatingWebhookConfiguration, ValidatingWebhook> VALIDATING =
            new WebhookType<>(
                    client -> client.admissionRegistration().v1().validatingWebhookConfigurations(),
                    ValidatingWebhookConfiguration::getWebhooks,
                    ValidatingWebhookConfiguration::setWebhooks,
                    ValidatingWebhook::getName,
                    ValidatingWebhook::getClientConfig,
                    ValidatingWebhook::setClientConfig);

    private final Function<KubernetesClient, NonNamespaceOperation<C, ?, Resource<C>>> objects;
    private final Function<C, List<W>> webhooks;
    private final BiConsumer<C, List<W>> setWebhooks;
    private final Function<W, String> name;
    private final Function<W, WebhookClientConfig> address;
    private final BiConsumer<W, WebhookClientConfig> setAddress;

    private WebhookType(
            Function<KubernetesClient, NonNamespaceOperation<C, ?, Resource<C>>> objects,
            Function<C, List<W>> webhooks,
            BiConsumer<C, List<W>> setWebhooks,
            Function<W, String> name,
            Function<W, WebhookClientConfig> address,
            BiConsumer<W, WebhookClientConfig> setAddress) {
        this.objects = objects;
        this.webhooks = webhooks;
        this.setWebhooks = setWebhooks;
        this.name = name;
        this.address = address;
        this.setAddress = setAddress;
    }

    Resource<C> at(KubernetesClient client, String configuration) {
        return objects.apply(client).withName(configuration);
    }

    /// The one of this name, to be watched.
    Informable<C> only(KubernetesClient client, String configuration) {
        return objects.apply(client).withField("metadata.name", configuration);
    }

    List<W> webhooks(C configuration) {
        return webhooks.apply(configuration);
    }

    void setWebhooks(C configuration, List<W> all) {
        setWebhooks.accept(configuration, all);
    }

    String name(W webhook) {
        return name.apply(webhook);
    }

    WebhookClientConfig address(W webhook) {
        return address.apply(webhook);
    }

    void setAddress(W webhook, WebhookClientConfig client) {
        setAddress.accept(webhook, client);
    }
}
