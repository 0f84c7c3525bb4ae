package dev.quartet.imports.rbac;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Resources;
import dev.quartet.config.Subject;
import dev.quartet.config.networking.LabelSelector;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.schema.Names;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.config.security.AuthorizationPolicy.Action;
import dev.quartet.config.security.AuthorizationPolicy.Operation;
import dev.quartet.config.security.AuthorizationPolicy.Rule;
import dev.quartet.config.security.AuthorizationPolicy.To;
import dev.quartet.imports.ImportInput;
import dev.quartet.imports.Imported;
import dev.quartet.imports.Importer;
import dev.quartet.imports.Made;
import dev.quartet.imports.OldFields;
import dev.quartet.imports.Origin;
import dev.quartet.imports.Told;
import dev.quartet.imports.rbac.Targets.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// RBAC v1alpha1 as AuthorizationPolicies. After Istio 1.4, `rbac/v1alpha1/rbac.proto` and `pilot/pkg/security/authz`.
///
/// 1. The ClusterRbacConfig says for which services RBAC is on. Where it is on, everything is denied: a policy without rules for the
///    mesh (the root namespace), a namespace, or the workloads of a service. What it excludes gets a policy that allows everything.
/// 2. A ServiceRoleBinding in force becomes a policy for each set of workloads of its role's services, which the selectors of the
///    Services among the files tell.
///
/// RBAC guards services, a policy workloads. So a service that may share its workloads with another one is granted by its ports, or not at
/// all. Nothing is granted that was not: what cannot be said is left out, where all is denied, and told as an error.
public final class RbacImporter implements Importer {
    private static final String CLUSTER_CONFIG = "ClusterRbacConfig";
    private static final String CONFIG = "RbacConfig";
    private static final String ROLE = "ServiceRole";
    private static final String BINDING = "ServiceRoleBinding";
    private static final String DENY_ALL = "rbac-deny-all";
    private static final String ALLOW_ALL = "rbac-allow-all";

    @Override
    public Imported convert(ImportInput input) {
        return new Run(input).convert();
    }

    /// One use; not thread-safe.
    private static final class Run {
        private final ImportInput input;
        private final Told told = new Told();
        private final List<Made> made = new ArrayList<>();
        private final List<Service> services;
        private final Map<Subject, ClusterObject> roles = new HashMap<>();
        private final Set<Subject> bound = new HashSet<>();
        private final Set<ResourceKey> taken = new HashSet<>();

        Run(ImportInput input) {
            this.input = input;
            this.services = input.objects(Set.of("Service")).stream().map(Service::of).toList();
            input.plainResources().forEach(it -> taken.add(it.key()));
        }

        Imported convert() {
            var grants = input.objects(Set.of(ROLE, BINDING));
            var config = config(grants);
            if (config != null) {
                coverage(config, grants).ifPresent(coverage -> convert(coverage, config, grants));
            }
            besideTodays();
            return new Imported(made, List.of(), told.findings());
        }

        /// The config that counts; null when there is none.
        private @Nullable ClusterObject config(List<ClusterObject> grants) {
            var configs = input.objects(Set.of(CLUSTER_CONFIG));
            var old = input.objects(Set.of(CONFIG));
            if (configs.isEmpty()) {
                configs = old;
            } else {
                old.forEach(it ->
                        told.of(it)
                                .warn(
                                        FieldPath.ROOT,
                                        "a ClusterRbacConfig takes its place, so it falls out",
                                        "take it out"));
            }
            if (configs.isEmpty()) {
                if (!grants.isEmpty()) {
                    told.of(grants.getFirst())
                            .refuse(
                                    FieldPath.ROOT,
                                    "there is no ClusterRbacConfig among the files, which says for what services RBAC is on",
                                    "name its file with -f too");
                }
                return null;
            }
            configs.stream()
                    .skip(1)
                    .forEach(it ->
                            told.of(it)
                                    .add(
                                            Reason.DUPLICATE_RESOURCE,
                                            FieldPath.ROOT,
                                            "there is another one in " + roots(it),
                                            "keep one of them"));
            return configs.getFirst();
        }

        private String roots(ClusterObject other) {
            return input.objects(Set.of(other.subject().kind())).getFirst().position().toString();
        }

        /// Empty where nothing is enforced, or nothing is certain.
        private Optional<Coverage> coverage(ClusterObject config, List<ClusterObject> grants) {
            var before = told.errors();
            var of = told.of(config);
            if (!config.subject().name().equals("default")) {
                of.add(
                        Reason.INVALID_NAME,
                        FieldPath.METADATA.field("name"),
                        "Istio reads the one called default alone",
                        "call it default, or take it out");
            }
            var spec = OldFields.spec(of, config);
            var mode =
                    Coverage.Mode.valueOf(
                            spec.word(
                                            "mode",
                                            List.of(
                                                    "OFF",
                                                    "ON",
                                                    "ON_WITH_INCLUSION",
                                                    "ON_WITH_EXCLUSION"))
                                    .orElse("OFF"));
            var inclusion = named(spec.object("inclusion"), of);
            var exclusion = named(spec.object("exclusion"), of);
            var enforcement = spec.word("enforcementMode", List.of("ENFORCED", "PERMISSIVE"));
            spec.close();
            if (told.errors() > before) {
                return Optional.empty();
            }
            var permissive = enforcement.equals(Optional.of("PERMISSIVE"));
            if (mode == Coverage.Mode.OFF || permissive) {
                of.warn(
                        spec.at(permissive ? "enforcementMode" : "mode"),
                        (permissive ? "RBAC is on trial alone" : "RBAC is off")
                                + ", so it denies nothing, and no policy is written",
                        grants.isEmpty()
                                ? "take it out"
                                : "write "
                                        + (permissive ? "enforcementMode: ENFORCED" : "mode: ON")
                                        + " first, if its roles shall count");
                return Optional.empty();
            }
            var which = mode == Coverage.Mode.ON_WITH_INCLUSION ? inclusion : exclusion;
            return Optional.of(
                    mode == Coverage.Mode.ON
                            ? new Coverage(mode, Set.of(), Set.of())
                            : new Coverage(mode, which.namespaces(), which.services()));
        }

        private record Listed(Set<String> namespaces, Set<String> services) {}

        private Listed named(OldFields target, Told.Of of) {
            var namespaces = target.texts("namespaces");
            var services = target.texts("services");
            target.close();
            for (int i = 0; i < namespaces.size(); i++) {
                if (!Names.isDnsLabel(namespaces.get(i))) {
                    of.refuse(
                            target.at("namespaces").index(i),
                            quoted(namespaces.get(i)) + " is no name of a namespace",
                            "write its name in full");
                }
            }
            for (int i = 0; i < services.size(); i++) {
                if (services.get(i).indexOf('*') >= 0) {
                    of.refuse(
                            target.at("services").index(i),
                            "Istio takes full names of services here, and no stars",
                            "write reviews.shop.svc.cluster.local, or a namespace");
                }
            }
            return new Listed(new TreeSet<>(namespaces), new TreeSet<>(services));
        }

        private void convert(Coverage coverage, ClusterObject config, List<ClusterObject> grants) {
            switch (coverage.mode()) {
                case OFF -> {}
                case ON -> denyMesh(config);
                case ON_WITH_INCLUSION -> include(coverage, config);
                case ON_WITH_EXCLUSION -> {
                    denyMesh(config);
                    exclude(coverage, config);
                }
            }
            grants.stream()
                    .filter(it -> it.subject().kind().equals(ROLE))
                    .forEach(it -> roles.putIfAbsent(it.subject(), it));
            tellTwice(grants);
            tellTwice(input.objects(Set.of("Service")));
            grants.stream()
                    .filter(it -> it.subject().kind().equals(BINDING))
                    .forEach(it -> binding(it, coverage));
            roles.values().stream()
                    .filter(it -> !bound.contains(it.subject()))
                    .forEach(it ->
                            told.of(it)
                                    .warn(
                                            FieldPath.ROOT,
                                            "no binding names it, so it grants nothing and falls out",
                                            "take it out, or name it in a ServiceRoleBinding"));
        }

        /// Which of the two counts would be a matter of order.
        private void tellTwice(List<ClusterObject> objects) {
            var first = new HashMap<Subject, ClusterObject>();
            for (var object : objects) {
                var other = first.putIfAbsent(object.subject(), object);
                if (other != null) {
                    told.of(object)
                            .add(
                                    Reason.DUPLICATE_RESOURCE,
                                    FieldPath.METADATA,
                                    "there is another one of this name in " + other.position(),
                                    "keep one of them");
                }
            }
        }

        private void denyMesh(ClusterObject config) {
            add(input.rootNamespace(), DENY_ALL, null, List.of(), List.of(Origin.of(config)));
            told.of(config)
                    .warn(
                            FieldPath.SPEC.field("mode"),
                            "the policy of "
                                    + input.rootNamespace()
                                    + " for the whole mesh is for its gateways too, which RBAC did not guard",
                            "allow what comes in by an AuthorizationPolicy with rules: [{}] that selects the gateway's workloads");
        }

        private void include(Coverage coverage, ClusterObject config) {
            var of = told.of(config);
            for (var namespace : new TreeSet<>(coverage.namespaces())) {
                if (isRoot(namespace)) {
                    ofWholeMesh(of, "inclusion", "namespaces");
                } else {
                    add(namespace, DENY_ALL, null, List.of(), List.of(Origin.of(config)));
                }
            }
            for (var host : new TreeSet<>(coverage.services())) {
                var service = service(host, "inclusion", of);
                if (service.isPresent()
                        && !coverage.namespaces().contains(service.get().namespace())) {
                    tellShared(service.get(), coverage, of);
                    add(
                            service.get().namespace(),
                            DENY_ALL + "-" + service.get().name(),
                            service.get().selector(),
                            List.of(),
                            List.of(Origin.of(config)));
                }
            }
        }

        private void tellShared(Service service, Coverage coverage, Told.Of of) {
            for (var other : services) {
                if (service.mayShareWorkloads(other) && !coverage.covers(other)) {
                    of.warn(
                            FieldPath.SPEC.field("inclusion").field("services"),
                            "the workloads of "
                                    + service.host()
                                    + " may be those of "
                                    + other.host()
                                    + " too, which RBAC did not guard",
                            "allow what comes to its ports by an AuthorizationPolicy");
                }
            }
        }

        private void exclude(Coverage coverage, ClusterObject config) {
            var of = told.of(config);
            for (var namespace : new TreeSet<>(coverage.namespaces())) {
                if (isRoot(namespace)) {
                    of.warn(
                            FieldPath.SPEC.field("exclusion").field("namespaces"),
                            "no policy can allow the namespace "
                                    + namespace
                                    + " alone: one that is there is for the whole mesh",
                            "allow what its workloads take by AuthorizationPolicies that select them");
                } else {
                    add(
                            namespace,
                            ALLOW_ALL,
                            null,
                            List.of(new Rule(List.of(), List.of(), List.of())),
                            List.of(Origin.of(config)));
                }
            }
            var excluded =
                    new LinkedHashSet<>(
                            services.stream().filter(it -> !coverage.covers(it)).toList());
            for (var host : new TreeSet<>(coverage.services())) {
                var service = service(host, "exclusion", of);
                if (service.isPresent()
                        && !coverage.namespaces().contains(service.get().namespace())) {
                    new Targets(services, coverage, service.get().namespace())
                            .service(
                                    service.get(),
                                    excluded,
                                    FieldPath.SPEC.field("exclusion").field("services"),
                                    of)
                            .ifPresent(target -> allow(service.get(), target, config));
                }
            }
        }

        private void allow(Service service, Target target, ClusterObject config) {
            var everything =
                    new Operation(
                            List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
                            List.of(), List.of());
            List<To> to =
                    target.ports() == null
                            ? List.of()
                            : List.of(
                                    new To(
                                            Binding.atPorts(
                                                    everything, List.copyOf(target.ports()))));
            add(
                    service.namespace(),
                    ALLOW_ALL + "-" + service.name(),
                    target.labels(),
                    List.of(new Rule(List.of(), to, List.of())),
                    List.of(Origin.of(config)));
        }

        private Optional<Service> service(String host, String field, Told.Of of) {
            var path = FieldPath.SPEC.field(field).field("services");
            var found = services.stream().filter(it -> it.host().equals(host)).findFirst();
            if (found.isEmpty() || found.get().selector().isEmpty()) {
                of.refuse(
                        path,
                        found.isEmpty()
                                ? "there is no Service " + quoted(host) + " among the files"
                                : "the Service of " + quoted(host) + " has no selector",
                        "name the file of the Service with -f too: a policy selects workloads by its selector");
                return Optional.empty();
            }
            if (isRoot(found.get().namespace())) {
                ofWholeMesh(of, field, "services");
                return Optional.empty();
            }
            return found;
        }

        private boolean isRoot(String namespace) {
            return namespace.equals(input.rootNamespace());
        }

        private void ofWholeMesh(Told.Of of, String field, String list) {
            of.refuse(
                    FieldPath.SPEC.field(field).field(list),
                    "a policy of the namespace " + input.rootNamespace() + " is for the whole mesh",
                    "take it out of the list, and write AuthorizationPolicies for its workloads");
        }

        private void binding(ClusterObject object, Coverage coverage) {
            var of = told.of(object);
            var namespace = object.subject().namespace();
            var before = told.errors();
            var spec = OldFields.spec(of, object);
            var callers = new ArrayList<Caller>();
            for (var subject : spec.objects("subjects")) {
                Caller.read(subject, told, of).ifPresent(callers::add);
            }
            if (!spec.has("subjects")) {
                of.add(
                        Reason.MISSING_FIELD,
                        spec.at("subjects"),
                        "the binding is for nobody",
                        "add subjects");
            }
            var mode = spec.word("mode", List.of("ENFORCED", "PERMISSIVE"));
            var rules = rules(object, spec, of);
            spec.close();
            if (mode.equals(Optional.of("PERMISSIVE"))) {
                of.warn(
                        spec.at("mode"),
                        "the binding is on trial and grants nothing, so it falls out",
                        "take it out, or take mode out to put it in force");
                return;
            }
            if (isRoot(namespace)) {
                of.refuse(
                        FieldPath.METADATA.field("namespace"),
                        "a policy of the namespace " + namespace + " is for the whole mesh",
                        "write AuthorizationPolicies for the workloads that it is about");
                return;
            }
            grant(object, coverage, callers, rules, before);
        }

        /// The rules that a binding is about, each with what they stood in.
        private record RoleRules(@Nullable ClusterObject role, List<AccessRule> rules) {}

        private RoleRules rules(ClusterObject binding, OldFields spec, Told.Of of) {
            var reference = spec.object("roleRef");
            reference.text("apiGroup");
            reference.word("kind", List.of(ROLE));
            var name = reference.text("name");
            reference.close();
            var shortForm = spec.text("role");
            var actions = spec.objects("actions");
            var ways =
                    (spec.has("roleRef") ? 1 : 0)
                            + (spec.has("role") ? 1 : 0)
                            + (spec.has("actions") ? 1 : 0);
            if (ways != 1) {
                of.add(
                        ways == 0 ? Reason.MISSING_FIELD : Reason.CONFLICTING_FIELDS,
                        spec.at("roleRef"),
                        "the binding has " + ways + " of roleRef, role and actions",
                        "write one of them");
                return new RoleRules(null, List.of());
            }
            if (spec.has("actions")) {
                return new RoleRules(null, read(actions, of));
            }
            var wanted = name.or(() -> shortForm);
            if (wanted.isEmpty()) {
                of.add(
                        Reason.MISSING_FIELD,
                        spec.at("roleRef").field("name"),
                        "the binding names no role",
                        "add the name of a ServiceRole");
                return new RoleRules(null, List.of());
            }
            var subject = new Subject(ROLE, binding.subject().namespace(), wanted.get());
            var role = roles.get(subject);
            if (role == null) {
                of.refuse(
                        spec.has("role") ? spec.at("role") : spec.at("roleRef").field("name"),
                        "there is no " + subject + " among the files",
                        "name its file with -f too");
                return new RoleRules(null, List.of());
            }
            bound.add(subject);
            var ofRole = told.of(role);
            var roleSpec = OldFields.spec(ofRole, role);
            var rules = read(roleSpec.objects("rules"), ofRole);
            roleSpec.close();
            return new RoleRules(role, rules);
        }

        private List<AccessRule> read(List<OldFields> rules, Told.Of of) {
            var read = new ArrayList<AccessRule>();
            rules.forEach(rule -> AccessRule.read(rule, told, of).ifPresent(read::add));
            return read;
        }

        private void grant(
                ClusterObject binding,
                Coverage coverage,
                List<Caller> callers,
                RoleRules from,
                long errorsBefore) {
            var namespace = binding.subject().namespace();
            var targets = new Targets(services, coverage, namespace);
            var of = told.of(from.role() == null ? binding : from.role());
            var policies = new LinkedHashMap<Map<String, String>, List<Rule>>();
            var names = new HashMap<Map<String, String>, String>();
            for (var rule : from.rules()) {
                for (var target : targets.of(rule, of)) {
                    operation(rule.operation(), target)
                            .ifPresent(operation -> {
                                names.putIfAbsent(target.labels(), target.name());
                                policies.computeIfAbsent(target.labels(), _ -> new ArrayList<>())
                                        .addAll(Binding.rules(callers, operation, rule.when()));
                            });
                }
            }
            if (told.errors() > errorsBefore) {
                return;
            }
            if (policies.isEmpty()) {
                told.of(binding)
                        .warn(
                                FieldPath.ROOT,
                                "RBAC is on for no service that it is about, so it falls out",
                                "take it out, or see what its role's rules ask for");
            }
            var origins = new ArrayList<Origin>();
            origins.add(Origin.of(binding));
            if (from.role() != null) {
                origins.add(Origin.of(from.role()));
            }
            policies.forEach((labels, rules) -> {
                var suffix = names.getOrDefault(labels, "");
                add(
                        namespace,
                        policies.size() == 1 || suffix.isEmpty()
                                ? binding.subject().name()
                                : binding.subject().name() + "-" + suffix,
                        labels,
                        rules.stream().distinct().toList(),
                        origins);
            });
        }

        /// Empty when the rule is for none of the target's ports.
        private static Optional<Operation> operation(Operation operation, Target target) {
            if (target.ports() == null) {
                return Optional.of(operation);
            }
            var ports =
                    target.ports().stream()
                            .filter(port ->
                                    operation.ports().isEmpty() || operation.ports().contains(port))
                            .toList();
            return ports.isEmpty()
                    ? Optional.empty()
                    : Optional.of(Binding.atPorts(operation, ports));
        }

        private void add(
                String namespace,
                String name,
                @Nullable Map<String, String> labels,
                List<Rule> rules,
                List<Origin> origins) {
            var key = new ResourceKey(Kind.AUTHORIZATION_POLICY, namespace, name);
            for (int i = 2; !taken.add(key); i++) {
                key = new ResourceKey(Kind.AUTHORIZATION_POLICY, namespace, name + "-" + i);
            }
            made.add(
                    new Made(
                            Resources.of(
                                    key,
                                    Map.of(),
                                    Map.of(),
                                    new AuthorizationPolicy(
                                            labels == null || labels.isEmpty()
                                                    ? null
                                                    : new LabelSelector(labels),
                                            rules,
                                            null)),
                            origins));
        }

        /// Istio 1.4 obeyed the AuthorizationPolicies of a workload alone, where there were some. Beside them the roles, which it
        /// passed over, would grant more.
        private void besideTodays() {
            for (var one : made) {
                var policy = one.resource().as(AuthorizationPolicy.class);
                if (!policy.spec().rules().isEmpty()) {
                    input.plainResources().stream()
                            .filter(it -> it.spec() instanceof AuthorizationPolicy)
                            .map(it -> it.as(AuthorizationPolicy.class))
                            .filter(today -> mayMeet(today, policy))
                            .findFirst()
                            .ifPresent(today ->
                                    told.add(
                                            one.origins().getFirst(),
                                            Reason.NOT_CONVERTIBLE,
                                            FieldPath.ROOT,
                                            "Istio 1.4 passed it over where "
                                                    + today.key()
                                                    + " is, and beside that it would grant more",
                                            "take out one of the two"));
                }
            }
        }

        private boolean mayMeet(
                Resource<AuthorizationPolicy> today, Resource<AuthorizationPolicy> policy) {
            return today.spec().action() != Action.DENY
                    && today.spec().action() != Action.AUDIT
                    && (isRoot(today.namespace()) || today.namespace().equals(policy.namespace()))
                    && !Service.excludes(labels(today), labels(policy));
        }

        private static Map<String, String> labels(Resource<AuthorizationPolicy> policy) {
            var selector = policy.spec().selector();
            return selector == null ? Map.of() : selector.matchLabels();
        }
    }
}
