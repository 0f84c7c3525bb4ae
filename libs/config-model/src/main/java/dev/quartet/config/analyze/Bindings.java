package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Spec;
import dev.quartet.config.mixer.HttpApiSpec;
import dev.quartet.config.mixer.HttpApiSpecBinding;
import dev.quartet.config.mixer.QuotaSpec;
import dev.quartet.config.mixer.QuotaSpecBinding;
import dev.quartet.config.mixer.ServiceReference;
import dev.quartet.config.mixer.SpecReference;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What QuotaSpecBindings and HTTPAPISpecBindings bind: specs and services that are not there.
final class Bindings implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.SPEC_NOT_FOUND, Reason.HOST_NOT_FOUND);
    }

    @Override
    public void look(Scene scene, Report problems) {
        var quotas = names(scene, QuotaSpec.class);
        for (var binding : scene.all(QuotaSpecBinding.class)) {
            specs(
                    binding,
                    binding.spec().quotaSpecs(),
                    FieldPath.SPEC.field("quotaSpecs"),
                    "QuotaSpec",
                    quotas,
                    problems);
            services(scene, binding, binding.spec().services(), problems);
        }
        var apis = names(scene, HttpApiSpec.class);
        for (var binding : scene.all(HttpApiSpecBinding.class)) {
            specs(
                    binding,
                    binding.spec().apiSpecs(),
                    FieldPath.SPEC.field("apiSpecs"),
                    "HTTPAPISpec",
                    apis,
                    problems);
            services(scene, binding, binding.spec().services(), problems);
        }
    }

    private static Set<String> names(Scene scene, Class<? extends Spec> kind) {
        return scene.all(kind).stream()
                .map(Of::key)
                .map(ResourceKey::namespacedName)
                .collect(Collectors.toSet());
    }

    private static void specs(
            Of<?> binding,
            List<SpecReference> references,
            FieldPath path,
            String kind,
            Set<String> known,
            Report problems) {
        for (int i = 0; i < references.size(); i++) {
            var reference = references.get(i);
            var namespace =
                    reference.namespace() == null ? binding.namespace() : reference.namespace();
            var name = namespace + "/" + reference.name();
            if (!known.contains(name)) {
                problems.add(
                        Reason.SPEC_NOT_FOUND,
                        binding,
                        path.index(i).field("name"),
                        "there is no " + kind + " " + quoted(name),
                        "add it, or name another one");
            }
        }
    }

    private static void services(
            Scene scene, Of<?> binding, List<ServiceReference> services, Report problems) {
        for (int i = 0; i < services.size(); i++) {
            var reference = services.get(i);
            var field = reference.service() == null ? "name" : "service";
            var host = host(reference, binding.namespace());
            if (!host.isEmpty()
                    && host.indexOf('*') < 0
                    && scene.service(host, binding.namespace()).isEmpty()) {
                problems.add(
                        Reason.HOST_NOT_FOUND,
                        binding,
                        FieldPath.SPEC.field("services").index(i).field(field),
                        "there is no service " + quoted(host),
                        "add it, or name another service");
            }
        }
    }

    private static String host(ServiceReference reference, String own) {
        if (reference.service() != null) {
            return reference.service();
        }
        if (reference.name() == null) {
            return "";
        }
        var namespace = reference.namespace() == null ? own : reference.namespace();
        var domain = reference.domain() == null ? "svc.cluster.local" : reference.domain();
        return reference.name() + "." + namespace + "." + domain;
    }
}
