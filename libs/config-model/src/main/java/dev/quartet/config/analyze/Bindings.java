package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.mixer.HttpApiSpecBinding;
import dev.quartet.config.mixer.QuotaSpecBinding;
import dev.quartet.config.mixer.ServiceReference;
import java.util.List;
import java.util.Set;

/// What QuotaSpecBindings and HTTPAPISpecBindings are bound to: services that are not there.
final class Bindings implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.HOST_NOT_FOUND);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var binding : scene.all(QuotaSpecBinding.class)) {
            services(scene, binding, binding.spec().services(), problems);
        }
        for (var binding : scene.all(HttpApiSpecBinding.class)) {
            services(scene, binding, binding.spec().services(), problems);
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
