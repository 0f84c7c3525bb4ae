package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.Gateway;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The Secrets that Gateways name: whether they are there, and have the keys of a certificate. They stand where the gateway's
/// workloads are.
final class GatewayCredentials implements Analyzer {
    /// One of these pairs must be there: that of `kubernetes.io/tls`, and that of Istio's own form.
    private static final List<Set<String>> PAIRS =
            List.of(Set.of("tls.crt", "tls.key"), Set.of("cert", "key"));

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.SECRET_NOT_FOUND, Reason.INVALID_CREDENTIAL);
    }

    @Override
    public Set<Aspect> needs() {
        return Set.of(Aspect.SECRETS);
    }

    @Override
    public void look(Scene scene, Report problems) {
        var secrets = new HashMap<String, KubeSecret>();
        for (var secret : scene.surroundings().secrets()) {
            var subject = secret.object().subject();
            secrets.put(subject.namespace() + "/" + subject.name(), secret);
        }
        for (var gateway : scene.all(Gateway.class)) {
            var namespaces = namespaces(scene, gateway);
            for (int i = 0; i < gateway.spec().servers().size(); i++) {
                var tls = gateway.spec().servers().get(i).tls();
                var path = FieldPath.SPEC.field("servers").index(i).field("tls");
                if (tls == null) {
                    continue;
                }
                if (tls.credentialName() != null && !tls.credentialName().isEmpty()) {
                    var field = path.field("credentialName");
                    check(gateway, tls.credentialName(), field, namespaces, secrets, problems);
                }
                for (int j = 0; j < tls.credentialNames().size(); j++) {
                    var field = path.field("credentialNames").index(j);
                    check(
                            gateway,
                            tls.credentialNames().get(j),
                            field,
                            namespaces,
                            secrets,
                            problems);
                }
            }
        }
    }

    /// Empty when it is not known what Secrets there are in one of them.
    private static Set<String> namespaces(Scene scene, Of<Gateway> gateway) {
        var namespaces =
                scene.workloadsByLabel()
                        .matching(null, gateway.spec().selector())
                        .limit(100)
                        .map(Workload::namespace)
                        .collect(Collectors.toCollection(TreeSet::new));
        if (namespaces.isEmpty()) {
            namespaces.add(gateway.namespace());
        }
        return namespaces.stream().allMatch(it -> scene.knows(Aspect.SECRETS, it))
                ? namespaces
                : Set.of();
    }

    private static void check(
            Of<Gateway> gateway,
            String name,
            FieldPath path,
            Set<String> namespaces,
            Map<String, KubeSecret> secrets,
            Report problems) {
        for (var namespace : namespaces) {
            var secret = secrets.get(namespace + "/" + name);
            if (secret == null) {
                problems.add(
                        Reason.SECRET_NOT_FOUND,
                        gateway,
                        path,
                        "there is no Secret " + quoted(name) + " in the namespace " + namespace,
                        "add it, with tls.crt and tls.key, where the gateway's workloads are");
            } else if (PAIRS.stream().noneMatch(secret.keys()::containsAll)) {
                problems.add(
                        Reason.INVALID_CREDENTIAL,
                        gateway,
                        path,
                        secret.object().subject()
                                + " ("
                                + secret.object().position()
                                + ") has no certificate with its key",
                        "give it the keys tls.crt and tls.key");
            }
        }
    }
}
