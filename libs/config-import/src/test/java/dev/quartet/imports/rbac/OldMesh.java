package dev.quartet.imports.rbac;

import dev.quartet.imports.rbac.RbacDecisionsTest.Request;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// A mesh with RBAC v1alpha1: its files, and what it decides. After Istio 1.4, `model/authorization.go` and
/// `pilot/pkg/security/authz`: for each port of a workload the service that it belongs to is looked up, then the roles of its
/// namespace. A port of no service is not guarded, and neither is a workload of none.
record OldMesh(Config config, List<Kubernetes> services, List<Role> roles, List<Binding> bindings) {

    record Config(
            String mode, List<String> namespaces, List<String> services, String enforcement) {}

    /// @param port of the workload; a name stands for 9090, which the files do not say
    record Kubernetes(String namespace, String name, Map<String, String> selector, String port) {
        String host() {
            return name + "." + namespace + ".svc.cluster.local";
        }

        int number() {
            return port.equals("named") ? 9090 : Integer.parseInt(port);
        }
    }

    record Role(String namespace, String name, List<Rule> rules) {}

    record Rule(
            List<String> services,
            List<String> methods,
            List<String> paths,
            List<String> notPaths,
            List<String> ports,
            List<String> versions,
            List<String> headers) {}

    record Binding(
            String namespace, String name, String role, List<Subject> subjects, String mode) {}

    record Subject(
            String user,
            List<String> names,
            List<String> notNames,
            List<String> namespaces,
            List<String> notNamespaces,
            List<String> groups,
            List<String> notGroups,
            String header) {
        boolean isEmpty() {
            return user.isEmpty()
                    && names.isEmpty()
                    && notNames.isEmpty()
                    && namespaces.isEmpty()
                    && notNamespaces.isEmpty()
                    && groups.isEmpty()
                    && notGroups.isEmpty()
                    && header.isEmpty();
        }
    }

    boolean serves(Request request) {
        return service(request).isPresent();
    }

    private Optional<Kubernetes> service(Request request) {
        return services.stream()
                .filter(it ->
                        it.namespace().equals(request.to().namespace())
                                && it.number() == request.to().port()
                                && request.to()
                                        .labels()
                                        .entrySet()
                                        .containsAll(it.selector().entrySet()))
                .findFirst();
    }

    boolean allows(Request request) {
        var service = service(request);
        if (service.isEmpty() || config.enforcement().equals("PERMISSIVE")) {
            return true;
        }
        var named =
                config.namespaces().contains(service.get().namespace())
                        || config.services().contains(service.get().host());
        var on =
                switch (config.mode()) {
                    case "ON" -> true;
                    case "ON_WITH_INCLUSION" -> named;
                    default -> !named;
                };
        return !on
                || bindings.stream()
                        .filter(it -> it.namespace().equals(service.get().namespace()))
                        .filter(it -> it.mode().equals("ENFORCED"))
                        .filter(it -> it.subjects().stream().anyMatch(who -> is(who, request)))
                        .flatMap(it ->
                                roles.stream()
                                        .filter(role ->
                                                role.name().equals(it.role())
                                                        && role.namespace().equals(it.namespace())))
                        .flatMap(role -> role.rules().stream())
                        .anyMatch(rule -> grants(rule, service.get(), request));
    }

    private static boolean grants(Rule rule, Kubernetes service, Request request) {
        return any(rule.services(), service.host())
                && unlessLeftOut(rule.methods(), request.method())
                && unlessLeftOut(rule.paths(), request.path())
                && !any(rule.notPaths(), request.path())
                && unlessLeftOut(rule.ports(), String.valueOf(request.to().port()))
                && unlessLeftOut(rule.versions(), request.to().version())
                && unlessLeftOut(rule.headers(), request.header());
    }

    private static boolean is(Subject who, Request request) {
        var principal = request.from().principal();
        return (who.user().isEmpty() || who.user().equals("*") || like(who.user(), principal))
                && unlessLeftOut(who.names(), principal)
                && !any(who.notNames(), principal)
                && unlessLeftOut(who.namespaces(), namespace(request))
                && !any(who.notNamespaces(), namespace(request))
                && unlessLeftOut(who.groups(), request.group())
                && !any(who.notGroups(), request.group())
                && (who.header().isEmpty() || like(who.header(), request.header()));
    }

    private static String namespace(Request request) {
        return request.from().proven() ? request.from().namespace() : "";
    }

    private static boolean unlessLeftOut(List<String> patterns, String value) {
        return patterns.isEmpty() || any(patterns, value);
    }

    private static boolean any(List<String> patterns, String value) {
        return patterns.stream().anyMatch(it -> like(it, value));
    }

    /// A value that is not there is like nothing.
    static boolean like(String pattern, String value) {
        if (value.isEmpty()) {
            return false;
        }
        if (pattern.equals("*")) {
            return true;
        }
        if (pattern.startsWith("*")) {
            return value.endsWith(pattern.substring(1));
        }
        return pattern.endsWith("*")
                ? value.startsWith(pattern.substring(0, pattern.length() - 1))
                : value.equals(pattern);
    }

    String yaml() {
        var text = new StringBuilder();
        text.append(
                """
                apiVersion: rbac.istio.io/v1alpha1
                kind: ClusterRbacConfig
                metadata: {name: default}
                spec:
                  mode: "%s"
                  %s: {namespaces: %s, services: %s}
                  enforcementMode: %s
                """
                        .formatted(
                                config.mode(),
                                config.mode().equals("ON_WITH_INCLUSION")
                                        ? "inclusion"
                                        : "exclusion",
                                list(config.namespaces()),
                                list(config.services()),
                                config.enforcement()));
        for (var service : services) {
            text.append(
                    """
                    ---
                    apiVersion: v1
                    kind: Service
                    metadata: {name: %s, namespace: %s}
                    spec:
                      selector: {app: %s}
                      ports: [{port: 80, targetPort: %s}]
                    """
                            .formatted(
                                    service.name(),
                                    service.namespace(),
                                    service.selector().get("app"),
                                    service.port()));
        }
        for (var role : roles) {
            text.append(
                    """
                    ---
                    apiVersion: rbac.istio.io/v1alpha1
                    kind: ServiceRole
                    metadata: {name: %s, namespace: %s}
                    spec:
                      rules:
                    """
                            .formatted(role.name(), role.namespace()));
            for (var rule : role.rules()) {
                text.append("  - services: ").append(list(rule.services())).append('\n');
                field(text, "methods", rule.methods());
                field(text, "paths", rule.paths());
                field(text, "notPaths", rule.notPaths());
                field(text, "ports", rule.ports());
                if (!rule.versions().isEmpty() || !rule.headers().isEmpty()) {
                    text.append("    constraints:\n");
                    constraint(text, "destination.labels[version]", rule.versions());
                    constraint(text, "request.headers[h]", rule.headers());
                }
            }
        }
        for (var binding : bindings) {
            text.append(
                    """
                    ---
                    apiVersion: rbac.istio.io/v1alpha1
                    kind: ServiceRoleBinding
                    metadata: {name: %s, namespace: %s}
                    spec:
                      mode: %s
                      roleRef: {kind: ServiceRole, name: %s}
                      subjects:
                    """
                            .formatted(
                                    binding.name(),
                                    binding.namespace(),
                                    binding.mode(),
                                    binding.role()));
            for (var who : binding.subjects()) {
                text.append("  -\n");
                if (!who.user().isEmpty()) {
                    text.append("    user: \"").append(who.user()).append("\"\n");
                }
                field(text, "names", who.names());
                field(text, "notNames", who.notNames());
                field(text, "namespaces", who.namespaces());
                field(text, "notNamespaces", who.notNamespaces());
                field(text, "groups", who.groups());
                field(text, "notGroups", who.notGroups());
                if (!who.header().isEmpty()) {
                    text.append("    properties: {\"request.headers[h]\": \"")
                            .append(who.header())
                            .append("\"}\n");
                }
            }
        }
        return text.toString();
    }

    private static void field(StringBuilder text, String name, List<String> values) {
        if (!values.isEmpty()) {
            text.append("    ").append(name).append(": ").append(list(values)).append('\n');
        }
    }

    private static void constraint(StringBuilder text, String key, List<String> values) {
        if (!values.isEmpty()) {
            text.append("    - {key: \"%s\", values: %s}\n".formatted(key, list(values)));
        }
    }

    private static String list(List<String> values) {
        return values.stream()
                .map(it -> '"' + it + '"')
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
