package dev.quartet.imports.mixer;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.Resources;
import dev.quartet.config.Spec;
import dev.quartet.config.Subject;
import dev.quartet.config.Tree;
import dev.quartet.config.mixer.Handler;
import dev.quartet.config.mixer.Instance;
import dev.quartet.config.mixer.Rule;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.schema.Names;
import dev.quartet.imports.ImportInput;
import dev.quartet.imports.Imported;
import dev.quartet.imports.Importer;
import dev.quartet.imports.Made;
import dev.quartet.imports.Origin;
import dev.quartet.imports.Told;
import dev.quartet.imports.mixer.NewNames.Reference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Mixer's kinds per adapter and per template as handlers and instances with the same parameters; rules and metrics that name them are
/// written with their new names. What only reports and this mesh lacks falls out, with a warning; what protects does not.
public final class MixerImporter implements Importer {
    @Override
    public Imported convert(ImportInput input) {
        return new Run(input).convert();
    }

    /// One use; not thread-safe.
    private static final class Run {
        private final ImportInput input;
        private final NewNames names;
        private final Told told = new Told();
        private final List<Made> made = new ArrayList<>();
        private final List<ReadResource> replaced = new ArrayList<>();

        Run(ImportInput input) {
            this.input = input;
            this.names = new NewNames(input);
        }

        Imported convert() {
            input.objects(OldKind.LABELS).forEach(this::object);
            for (var read : input.resources()) {
                if (read.resource().spec() instanceof Rule rule) {
                    rule(read, rule);
                }
            }
            return new Imported(made, replaced, told.findings());
        }

        private void object(ClusterObject object) {
            var kind = OldKind.ofLabel(object.subject().kind()).orElseThrow();
            var params =
                    object.body() instanceof Tree.Fields(var fields)
                            ? fields.getOrDefault("spec", new Tree.Null())
                            : new Tree.Null();
            if (!kind.isBuiltIn()) {
                notBuiltIn(object, kind);
                return;
            }
            var spec =
                    kind.form() == OldKind.Form.HANDLER
                            ? handler(object, kind, params)
                            : instance(kind, params);
            made.add(
                    new Made(
                            Resources.of(
                                    names.of(object.subject()),
                                    object.labels(),
                                    annotations(object),
                                    spec),
                            List.of(Origin.of(object))));
        }

        private void notBuiltIn(ClusterObject object, OldKind kind) {
            var of = told.of(object);
            var fault =
                    "this version lacks the "
                            + (kind.form() == OldKind.Form.HANDLER ? "adapter " : "template ")
                            + kind.label();
            if (kind.protects()) {
                of.add(
                        kind.form() == OldKind.Form.HANDLER
                                ? Reason.UNKNOWN_ADAPTER
                                : Reason.UNKNOWN_TEMPLATE,
                        new FieldPath("kind"),
                        fault,
                        kind.advice());
            } else {
                of.warn(new FieldPath("kind"), fault + ", so it falls out", kind.advice());
            }
        }

        private static Map<String, String> annotations(ClusterObject object) {
            var annotations = new LinkedHashMap<>(object.annotations());
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
            return annotations;
        }

        private static @Nullable Tree orNull(Tree params) {
            return params instanceof Tree.Null || params.equals(new Tree.Fields(Map.of()))
                    ? null
                    : params;
        }

        private static Spec instance(OldKind kind, Tree params) {
            return new Instance(null, kind.label(), null, orNull(params), Map.of());
        }

        private Spec handler(ClusterObject object, OldKind kind, Tree params) {
            var today =
                    switch (kind) {
                        case PROMETHEUS -> renamed(object, params, "metrics", "instance_name");
                        case MEMQUOTA, REDISQUOTA -> renamed(object, params, "quotas", "name");
                        default -> params;
                    };
            return new Handler(null, kind.label(), null, orNull(today), null);
        }

        /// The same parameters with the new names of instances.
        private Tree renamed(ClusterObject object, Tree params, String list, String field) {
            if (!(params instanceof Tree.Fields(var fields))
                    || !(fields.get(list) instanceof Tree.Items(var items))) {
                return params;
            }
            var renamed = new ArrayList<Tree>();
            for (int i = 0; i < items.size(); i++) {
                renamed.add(
                        renamed(object, items.get(i), field, FieldPath.SPEC.field(list).index(i)));
            }
            var today = new LinkedHashMap<>(fields);
            today.put(list, new Tree.Items(renamed));
            return new Tree.Fields(today);
        }

        private Tree renamed(ClusterObject object, Tree item, String field, FieldPath path) {
            if (!(item instanceof Tree.Fields(var fields))) {
                return item;
            }
            var today = new LinkedHashMap<>(fields);
            for (var spelled : List.of(field, Names.camelCase(field))) {
                if (fields.get(spelled) instanceof Tree.Text(var name)) {
                    target(
                                    Origin.of(object),
                                    name,
                                    OldKind.Form.INSTANCE,
                                    object.subject().namespace(),
                                    path.field(spelled))
                            .ifPresent(it ->
                                    today.put(
                                            spelled,
                                            new Tree.Text(it.from(object.subject().namespace()))));
                }
            }
            return new Tree.Fields(today);
        }

        /// Empty where it is no old name, or leads to nothing, which is told.
        private Optional<NewNames.Target> target(
                Origin origin, String name, OldKind.Form form, String namespace, FieldPath path) {
            return switch (names.find(name, form, namespace)) {
                case Reference.To(var target) -> Optional.of(target);
                case Reference.Todays _ -> Optional.empty();
                case Reference.Nothing(Subject subject) -> {
                    told.add(
                            origin,
                            form == OldKind.Form.HANDLER
                                    ? Reason.UNKNOWN_HANDLER
                                    : Reason.UNKNOWN_INSTANCE,
                            path,
                            "there is no " + subject + " among the files",
                            "name its file with -f too, so that what it becomes is known");
                    yield Optional.empty();
                }
            };
        }

        private void rule(ReadResource read, Rule rule) {
            var actions = new ArrayList<Rule.Action>();
            for (int i = 0; i < rule.actions().size(); i++) {
                action(read, rule.actions().get(i), FieldPath.SPEC.field("actions").index(i))
                        .ifPresent(actions::add);
            }
            if (actions.equals(rule.actions())) {
                return;
            }
            replaced.add(read);
            if (actions.isEmpty()
                    && rule.requestHeaderOperations().isEmpty()
                    && rule.responseHeaderOperations().isEmpty()) {
                warn(
                        read,
                        FieldPath.SPEC.field("actions"),
                        "nothing is left of the rule, so it falls out");
                return;
            }
            Resource<?> resource = read.resource();
            made.add(
                    new Made(
                            Resources.of(
                                    resource.key(),
                                    resource.labels(),
                                    resource.annotations(),
                                    new Rule(
                                            rule.match(),
                                            actions,
                                            rule.requestHeaderOperations(),
                                            rule.responseHeaderOperations(),
                                            rule.sampling())),
                            List.of(Origin.of(read))));
        }

        private Optional<Rule.Action> action(
                ReadResource read, Rule.Action action, FieldPath path) {
            var namespace = read.resource().namespace();
            var origin = new Origin(Subject.of(read.resource().key()), read.position());
            var handler =
                    target(
                            origin,
                            action.handler(),
                            OldKind.Form.HANDLER,
                            namespace,
                            path.field("handler"));
            if (handler.filter(Run::isRefused).isPresent()) {
                return Optional.of(action);
            }
            if (handler.filter(it -> !it.kind().isBuiltIn()).isPresent()) {
                return fallsOut(read, path.field("handler"), handler.get());
            }
            var instances = new ArrayList<String>();
            for (int i = 0; i < action.instances().size(); i++) {
                var name = action.instances().get(i);
                var at = path.field("instances").index(i);
                var instance = target(origin, name, OldKind.Form.INSTANCE, namespace, at);
                if (instance.filter(Run::isRefused).isPresent()) {
                    return Optional.of(action);
                }
                if (instance.filter(it -> !it.kind().isBuiltIn()).isPresent()) {
                    fallsOut(read, at, instance.get());
                } else {
                    instances.add(instance.map(it -> it.from(namespace)).orElse(name));
                }
            }
            return instances.isEmpty() && !action.instances().isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            new Rule.Action(
                                    handler.map(it -> it.from(namespace)).orElse(action.handler()),
                                    instances,
                                    action.name()));
        }

        /// Told as an error already, so that nothing is written.
        private static boolean isRefused(NewNames.Target target) {
            return target.kind().protects() && !target.kind().isBuiltIn();
        }

        private <T> Optional<T> fallsOut(
                ReadResource read, FieldPath path, NewNames.Target target) {
            warn(read, path, target.subject() + " falls out, and this with it");
            return Optional.empty();
        }

        private void warn(ReadResource read, FieldPath path, String fault) {
            told.add(
                    Subject.of(read.resource().key()),
                    new Problem(
                            Reason.CONVERTED_DIFFERENTLY,
                            read.resource().key(),
                            read.positionOf(path).orElse(read.position()),
                            path,
                            fault,
                            "see what is said of the object that it names"));
        }
    }
}
