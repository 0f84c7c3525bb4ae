package dev.quartet.galley.kube;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.Objects;

/// Config as Kubernetes has it: where the objects of a kind are, and when two versions of one say the same.
public final class ConfigObjects {
    private ConfigObjects() {}

    /// The version that is stored: nothing is converted on the way.
    static ResourceDefinitionContext context(Kind kind) {
        return new ResourceDefinitionContext.Builder()
                .withGroup(kind.group())
                .withVersion(kind.versions().getFirst())
                .withKind(kind.label())
                .withPlural(kind.plural())
                .withNamespaced(kind.scope() == Kind.Scope.NAMESPACE)
                .build();
    }

    /// The place of one object.
    public static Resource<GenericKubernetesResource> at(KubernetesClient client, ResourceKey key) {
        var objects = client.genericKubernetesResources(context(key.kind()));
        return key.kind().scope() == Kind.Scope.NAMESPACE
                ? objects.inNamespace(key.namespace()).withName(key.name())
                : objects.withName(key.name());
    }

    /// Whether the two are one object and differ at most in what is no config: status, finalizers, owners.
    public static boolean saySame(HasMetadata one, HasMetadata other) {
        var some = one.getMetadata();
        var others = other.getMetadata();
        return Objects.equals(some.getUid(), others.getUid())
                && (Objects.equals(some.getResourceVersion(), others.getResourceVersion())
                        || some.getGeneration() != null
                                && some.getGeneration().equals(others.getGeneration())
                                && Objects.equals(some.getLabels(), others.getLabels())
                                && Objects.equals(some.getAnnotations(), others.getAnnotations()));
    }
}
