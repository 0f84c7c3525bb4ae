package dev.quartet.config.mixer;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.schema.Names;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// When a rule, handler or instance is right by itself, before its expressions and parameters are looked at (that is
/// policy-model's). After Istio 1.4, `mixer/pkg/config/validate.go`.
public final class MixerRules {
    private static final Pattern ATTRIBUTE =
            Pattern.compile("[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*");

    private MixerRules() {}

    public static void check(Rule spec, Problems problems) {
        var root = FieldPath.SPEC;
        if (spec.actions().isEmpty()
                && spec.requestHeaderOperations().isEmpty()
                && spec.responseHeaderOperations().isEmpty()) {
            problems.missing(
                    root.field("actions"),
                    "the rule does nothing",
                    "add an action with handler and instances");
        }
        var names = new HashSet<String>();
        for (int i = 0; i < spec.actions().size(); i++) {
            var action = spec.actions().get(i);
            var path = root.field("actions").index(i);
            reference(action.handler(), path.field("handler"), problems);
            if (action.instances().isEmpty()) {
                problems.missing(
                        path.field("instances"),
                        "the action gives its handler nothing",
                        "add an instance");
            }
            for (int j = 0; j < action.instances().size(); j++) {
                reference(action.instances().get(j), path.field("instances").index(j), problems);
            }
            Values.dnsLabel(problems, path.field("name"), action.name());
            if (action.name() != null && !names.add(action.name())) {
                problems.invalid(
                        path.field("name"),
                        "two actions are called " + quoted(action.name()),
                        "rename one of them");
            }
        }
        operations(spec.requestHeaderOperations(), root.field("requestHeaderOperations"), problems);
        operations(
                spec.responseHeaderOperations(), root.field("responseHeaderOperations"), problems);
    }

    private static void operations(
            List<Rule.HeaderOperation> operations, FieldPath path, Problems problems) {
        for (int i = 0; i < operations.size(); i++) {
            var operation = operations.get(i);
            var inner = path.index(i);
            if (!operation.name().startsWith(":")) {
                Values.headerName(problems, inner.field("name"), operation.name());
            }
            var removes = operation.operation() == Rule.Operation.REMOVE;
            if (removes && !operation.values().isEmpty()) {
                problems.conflict(inner.field("values"), "REMOVE takes no values", "take them out");
            }
            if (!removes && operation.values().isEmpty()) {
                problems.missing(
                        inner.field("values"), "the header gets no value", "add an expression");
            }
        }
    }

    /// `name`, `name.namespace`, or the older `name.kind.namespace`.
    private static void reference(String name, FieldPath path, Problems problems) {
        if (!Names.isDnsName(name)) {
            problems.invalid(
                    path,
                    quoted(name) + " is no name of a resource",
                    "write name or name.namespace");
        }
    }

    public static void check(Handler spec, Problems problems) {
        var root = FieldPath.SPEC;
        if (isBlank(spec.compiledAdapter()) && isBlank(spec.adapter())) {
            problems.missing(
                    root.field("compiledAdapter"),
                    "the handler names no adapter",
                    "add compiledAdapter");
        }
        if (spec.connection() != null) {
            if (!isBlank(spec.compiledAdapter())) {
                problems.conflict(
                        root,
                        "a built-in adapter has no connection",
                        "take connection out, or write adapter");
            }
            Values.duration(
                    problems,
                    root.field("connection").field("timeout"),
                    spec.connection().timeout());
        }
    }

    public static void check(Instance spec, Problems problems) {
        if (isBlank(spec.compiledTemplate()) && isBlank(spec.template())) {
            problems.missing(
                    FieldPath.SPEC.field("compiledTemplate"),
                    "the instance names no template",
                    "add compiledTemplate");
        }
    }

    public static void check(AttributeManifest spec, Problems problems) {
        for (var name : spec.attributes().keySet()) {
            if (!ATTRIBUTE.matcher(name).matches()) {
                problems.invalid(
                        FieldPath.SPEC.field("attributes").key(name),
                        quoted(name) + " is no name that expressions can say",
                        "use letters, digits and _, with dots between words, for example request.tenant");
            }
        }
    }

    public static void check(Adapter spec, Problems problems) {
        for (int i = 0; i < spec.templates().size(); i++) {
            reference(
                    spec.templates().get(i), FieldPath.SPEC.field("templates").index(i), problems);
        }
        descriptor(spec.config(), FieldPath.SPEC.field("config"), problems);
    }

    public static void check(Template spec, Problems problems) {
        descriptor(spec.descriptor(), FieldPath.SPEC.field("descriptor"), problems);
    }

    private static void descriptor(@Nullable String text, FieldPath path, Problems problems) {
        if (text != null && !text.isEmpty() && !ClientRules.isBase64(text)) {
            problems.invalid(
                    path,
                    "the descriptors are not in base64",
                    "write the output of protoc --descriptor_set_out in base64");
        }
    }

    private static boolean isBlank(@Nullable String text) {
        return text == null || text.isEmpty();
    }
}
