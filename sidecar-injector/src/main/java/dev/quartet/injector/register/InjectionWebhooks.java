package dev.quartet.injector.register;

import dev.quartet.kube.WebhookAddress;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirementBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhook;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfigurationBuilder;
import java.util.List;
import java.util.Set;

/// Which pods are sent to the webhook, and where that is. Pods of namespaces with label `istio-injection: enabled` (Istio
/// 1.4), but those with label `sidecar.istio.io/inject: "false"`; and, as today's Istio, of namespaces without the first
/// label those with `sidecar.istio.io/inject: "true"`. System namespaces never: a webhook that is away must not keep
/// anybody from repairing the cluster (hardening case 49).
///
public record InjectionWebhooks(WebhookAddress address, Set<String> systemNamespaces) {
    public static final String NAME = "istio-sidecar-injector";
    public static final String PATH = "/inject";

    private static final int TIMEOUT_SECONDS = 10;
    private static final String NAMESPACE_LABEL = "istio-injection";
    private static final String POD_LABEL = "sidecar.istio.io/inject";

    /// As new.
    public MutatingWebhookConfiguration configuration() {
        return new MutatingWebhookConfigurationBuilder()
                .withNewMetadata()
                .withName(NAME)
                .endMetadata()
                .withWebhooks(
                        webhook(
                                "namespace.sidecar-injector.istio.io",
                                requirement(NAMESPACE_LABEL, "In", List.of("enabled")),
                                requirement(POD_LABEL, "NotIn", List.of("false"))),
                        webhook(
                                "object.sidecar-injector.istio.io",
                                requirement(NAMESPACE_LABEL, "DoesNotExist", List.of()),
                                requirement(POD_LABEL, "In", List.of("true"))))
                .build();
    }

    private MutatingWebhook webhook(
            String name, LabelSelectorRequirement namespaces, LabelSelectorRequirement pods) {
        var notOfTheSystem =
                requirement(
                        "kubernetes.io/metadata.name",
                        "NotIn",
                        systemNamespaces.stream().sorted().toList());
        return new MutatingWebhookBuilder()
                .withName(name)
                .withAdmissionReviewVersions("v1", "v1beta1")
                .withClientConfig(address.at(PATH))
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
