package dev.quartet.injector.register;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirementBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhook;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfigurationBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.WebhookClientConfig;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.WebhookClientConfigBuilder;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which pods are sent to the webhook, and where that is. Pods of namespaces with label `istio-injection: enabled` (Istio
/// 1.4), but those with label `sidecar.istio.io/inject: "false"`; and, as today's Istio, of namespaces without the first
/// label those with `sidecar.istio.io/inject: "true"`. System namespaces never: a webhook that is away must not keep
/// anybody from repairing the cluster (hardening case 49).
///
/// @param url null: Service `istio-sidecar-injector`
public record InjectionWebhooks(@Nullable URI url, String namespace, Set<String> systemNamespaces) {
    public static final String NAME = "istio-sidecar-injector";

    private static final String PATH = "/inject";
    private static final int SERVICE_PORT = 443;
    private static final int TIMEOUT_SECONDS = 10;
    private static final String NAMESPACE_LABEL = "istio-injection";
    private static final String POD_LABEL = "sidecar.istio.io/inject";

    /// The configuration as it should be. What is there keeps all but its webhooks' addresses and trust: an operator may
    /// have changed when they are called, and deletes the object to have it as new.
    ///
    /// @param trust PEM, base64
    MutatingWebhookConfiguration wanted(
            Optional<MutatingWebhookConfiguration> there, String trust) {
        var configuration =
                there.orElseGet(() ->
                        new MutatingWebhookConfigurationBuilder()
                                .withNewMetadata()
                                .withName(NAME)
                                .endMetadata()
                                .build());
        var webhooks = new ArrayList<>(configuration.getWebhooks());
        for (var own : all(trust)) {
            webhooks.stream()
                    .filter(webhook -> own.getName().equals(webhook.getName()))
                    .findFirst()
                    .ifPresentOrElse(
                            webhook -> webhook.setClientConfig(own.getClientConfig()),
                            () -> webhooks.add(own));
        }
        configuration.setWebhooks(webhooks);
        return configuration;
    }

    private List<MutatingWebhook> all(String trust) {
        return List.of(
                webhook(
                        "namespace.sidecar-injector.istio.io",
                        trust,
                        requirement(NAMESPACE_LABEL, "In", List.of("enabled")),
                        requirement(POD_LABEL, "NotIn", List.of("false"))),
                webhook(
                        "object.sidecar-injector.istio.io",
                        trust,
                        requirement(NAMESPACE_LABEL, "DoesNotExist", List.of()),
                        requirement(POD_LABEL, "In", List.of("true"))));
    }

    private MutatingWebhook webhook(
            String name,
            String trust,
            LabelSelectorRequirement namespaces,
            LabelSelectorRequirement pods) {
        var notOfTheSystem =
                requirement(
                        "kubernetes.io/metadata.name",
                        "NotIn",
                        systemNamespaces.stream().sorted().toList());
        return new MutatingWebhookBuilder()
                .withName(name)
                .withAdmissionReviewVersions("v1", "v1beta1")
                .withClientConfig(client(trust))
                .withFailurePolicy("Fail")
                .withMatchPolicy("Equivalent")
                .withReinvocationPolicy("Never")
                .withSideEffects("None")
                .withTimeoutSeconds(TIMEOUT_SECONDS)
                .withNamespaceSelector(
                        systemNamespaces.isEmpty()
                                ? selector(namespaces)
                                : selector(namespaces, notOfTheSystem))
                .withObjectSelector(selector(pods))
                .addNewRule()
                .withApiGroups("")
                .withApiVersions("v1")
                .withOperations("CREATE")
                .withResources("pods")
                .withScope("*")
                .endRule()
                .build();
    }

    private WebhookClientConfig client(String trust) {
        var client = new WebhookClientConfigBuilder().withCaBundle(trust);
        if (url != null) {
            client.withUrl(url.toString());
        } else {
            client.withNewService()
                    .withName(NAME)
                    .withNamespace(namespace)
                    .withPath(PATH)
                    .withPort(SERVICE_PORT)
                    .endService();
        }
        return client.build();
    }

    private static LabelSelector selector(LabelSelectorRequirement... requirements) {
        return new LabelSelectorBuilder().withMatchExpressions(requirements).build();
    }

    private static LabelSelectorRequirement requirement(
            String key, String operator, List<String> values) {
        return new LabelSelectorRequirementBuilder()
                .withKey(key)
                .withOperator(operator)
                .withValues(values)
                .build();
    }
}
