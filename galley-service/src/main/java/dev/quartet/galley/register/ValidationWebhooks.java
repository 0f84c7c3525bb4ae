package dev.quartet.galley.register;

import dev.quartet.config.Kind;
import dev.quartet.kube.WebhookAddress;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.RuleWithOperations;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.RuleWithOperationsBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhook;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfigurationBuilder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;

/// Which objects are sent to which of Galley's webhooks, as Istio 1.4 has it: config that is made or changed. While no
/// Galley answers it is refused (or not, as the failure policy says), and nothing else is: no other object is ever sent,
/// nor config of system namespaces, and a delete is sent only of what others can name, and happens without an answer too
/// (hardening case 49).
///
/// All kinds of a group are sent, so that a newer Galley finds its kinds in an old configuration; those that it does not
/// know it lets in.
public record ValidationWebhooks(
        WebhookAddress address, FailurePolicy failurePolicy, Set<String> systemNamespaces) {
    public static final String NAME = "istio-galley";
    public static final String PILOT_PATH = "/admitpilot";
    public static final String MIXER_PATH = "/admitmixer";

    private static final int TIMEOUT_SECONDS = 10;
    private static final String MIXER_GROUP = "config.istio.io";

    /// Kinds that others name.
    private static final Set<Kind> NAMED =
            EnumSet.of(
                    Kind.GATEWAY,
                    Kind.DESTINATION_RULE,
                    Kind.SERVICE_ENTRY,
                    Kind.HANDLER,
                    Kind.INSTANCE,
                    Kind.QUOTA_SPEC,
                    Kind.HTTP_API_SPEC);

    /// Sent to [#MIXER_PATH].
    public static Set<Kind> mixersKinds() {
        return kinds(true);
    }

    /// Sent to [#PILOT_PATH].
    public static Set<Kind> pilotsKinds() {
        return kinds(false);
    }

    private static Set<Kind> kinds(boolean mixers) {
        var kinds = EnumSet.noneOf(Kind.class);
        for (var kind : Kind.values()) {
            // the mesh's settings are no objects, but keys of a ConfigMap
            if (kind.scope() != Kind.Scope.MESH && kind.group().equals(MIXER_GROUP) == mixers) {
                kinds.add(kind);
            }
        }
        return kinds;
    }

    /// As new.
    public ValidatingWebhookConfiguration configuration() {
        return new ValidatingWebhookConfigurationBuilder()
                .withNewMetadata()
                .withName(NAME)
                .endMetadata()
                .withWebhooks(
                        held("pilot.validation.istio.io", PILOT_PATH, pilotsKinds()),
                        held("mixer.validation.istio.io", MIXER_PATH, mixersKinds()),
                        deletes("delete.pilot.validation.istio.io", PILOT_PATH, pilotsKinds()),
                        deletes("delete.mixer.validation.istio.io", MIXER_PATH, mixersKinds()))
                .build();
    }

    private static RuleWithOperations rule(
            Set<Kind> kinds, Stream<String> resources, String... operations) {
        return new RuleWithOperationsBuilder()
                .withApiGroups(kinds.stream().map(Kind::group).distinct().sorted().toList())
                .withApiVersions("*")
                .withResources(resources.toList())
                .withOperations(Arrays.asList(operations))
                .withScope("*")
                .build();
    }

    /// Nor does an object on its way out wait for Galley: who clears its finalizers changes it.
    private ValidatingWebhook held(String name, String path, Set<Kind> kinds) {
        var stored = rule(kinds, Stream.of("*"), "CREATE", "UPDATE");
        return new ValidatingWebhookBuilder(webhook(name, path, failurePolicy, stored))
                .addNewMatchCondition()
                .withName("not-being-deleted")
                .withExpression("!has(object.metadata.deletionTimestamp)")
                .endMatchCondition()
                .build();
    }

    private ValidatingWebhook deletes(String name, String path, Set<Kind> kinds) {
        var named = EnumSet.copyOf(kinds);
        named.retainAll(NAMED);
        return webhook(
                name,
                path,
                FailurePolicy.IGNORE,
                rule(named, named.stream().map(Kind::plural), "DELETE"));
    }

    private ValidatingWebhook webhook(
            String name, String path, FailurePolicy failurePolicy, RuleWithOperations rule) {
        return new ValidatingWebhookBuilder()
                .withName(name)
                .withAdmissionReviewVersions("v1", "v1beta1")
                .withClientConfig(address.at(path))
                .withFailurePolicy(failurePolicy.label())
                .withMatchPolicy("Equivalent")
                .withSideEffects("None")
                .withTimeoutSeconds(TIMEOUT_SECONDS)
                .withNamespaceSelector(notOfTheSystem())
                .withRules(rule)
                .build();
    }

    private LabelSelector notOfTheSystem() {
        var selector = new LabelSelectorBuilder();
        if (!systemNamespaces.isEmpty()) {
            selector.addNewMatchExpression()
                    .withKey("kubernetes.io/metadata.name")
                    .withOperator("NotIn")
                    .withValues(systemNamespaces.stream().sorted().toList())
                    .endMatchExpression();
        }
        return selector.build();
    }
}
