package dev.quartet.config.security;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.schema.RecordSchema;
import dev.quartet.expressions.NearNames;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// When an AuthorizationPolicy is right by itself. After Istio's `validation.go` `ValidateAuthorizationPolicy`.
public final class AuthorizationPolicyRules {
    /// The keys of conditions. A name in brackets follows those that end in one.
    private static final List<String> KEYS =
            List.of(
                    "source.ip",
                    "remote.ip",
                    "source.namespace",
                    "source.principal",
                    "request.auth.principal",
                    "request.auth.audiences",
                    "request.auth.presenter",
                    "destination.ip",
                    "destination.port",
                    "connection.sni");

    /// In characters.
    private static final int LONGEST = 1_024;

    /// What a normalised path never has: RFC 3986, 3.3 and 6.2.2.
    private static final Pattern NEVER_IN_A_PATH =
            Pattern.compile(
                    "//|/\\.{1,2}(?=/|$)|%(?![0-9A-Fa-f]{2})|%(?:00|2[DEFdef]|3[0-9]|4[1-9A-Fa-f]|5[0-9ACFacf]|6[1-9A-Fa-f]|7[0-9AEae])|[^!-~]|[?#\\\\\"<>^`{|}]");

    private static final List<String> NAMED_KEYS =
            List.of("request.headers", "request.auth.claims", "experimental.envoy.filters.");

    private AuthorizationPolicyRules() {}

    public static void check(AuthorizationPolicy spec, Problems problems) {
        var root = FieldPath.SPEC;
        Values.selector(problems, root.field("selector"), spec.selector());
        if (spec.rules().isEmpty()
                && (spec.action() == AuthorizationPolicy.Action.DENY
                        || spec.action() == AuthorizationPolicy.Action.AUDIT)) {
            problems.missing(
                    root.field("rules"),
                    "the policy has no rules, so it never comes into play",
                    "add rules; one rule {} matches everything");
        }
        for (int i = 0; i < spec.rules().size(); i++) {
            rule(spec.rules().get(i), root.field("rules").index(i), problems);
        }
    }

    private static void rule(AuthorizationPolicy.Rule rule, FieldPath path, Problems problems) {
        for (int i = 0; i < rule.from().size(); i++) {
            source(
                    rule.from().get(i).source(),
                    path.field("from").index(i).field("source"),
                    problems);
        }
        for (int i = 0; i < rule.to().size(); i++) {
            operation(
                    rule.to().get(i).operation(),
                    path.field("to").index(i).field("operation"),
                    problems);
        }
        for (int i = 0; i < rule.when().size(); i++) {
            condition(rule.when().get(i), path.field("when").index(i), problems);
        }
    }

    private static void source(
            AuthorizationPolicy.Source source, FieldPath path, Problems problems) {
        if (isEmpty(source)) {
            problems.missing(
                    path,
                    "the source is empty, which would mean everyone",
                    "add principals, namespaces, ipBlocks or another field, or take from out");
        }
        noneEmpty(source, path, problems);
        each(source.ipBlocks(), path.field("ipBlocks"), subnet(problems));
        each(source.notIpBlocks(), path.field("notIpBlocks"), subnet(problems));
        each(source.remoteIpBlocks(), path.field("remoteIpBlocks"), subnet(problems));
        each(source.notRemoteIpBlocks(), path.field("notRemoteIpBlocks"), subnet(problems));
    }

    private static void operation(
            AuthorizationPolicy.Operation operation, FieldPath path, Problems problems) {
        if (isEmpty(operation)) {
            problems.missing(
                    path,
                    "the operation is empty, which would mean everything",
                    "add paths, methods, hosts or ports, or take to out");
        }
        noneEmpty(operation, path, problems);
        each(operation.paths(), path.field("paths"), path(problems));
        each(operation.notPaths(), path.field("notPaths"), path(problems));
        each(operation.ports(), path.field("ports"), port(problems));
        each(operation.notPorts(), path.field("notPorts"), port(problems));
    }

    private static boolean isEmpty(Record holder) {
        return RecordSchema.of(holder.getClass()).fields().stream()
                .noneMatch(field -> RecordSchema.Field.isSet(field.of(holder)));
    }

    /// No item of the holder's lists is an empty text.
    private static void noneEmpty(Record holder, FieldPath path, Problems problems) {
        for (var field : RecordSchema.of(holder.getClass()).fields()) {
            if (field.of(holder) instanceof List<?> items) {
                for (int i = 0; i < items.size(); i++) {
                    if (items.get(i) instanceof String text) {
                        value(text, path.field(field.name()).index(i), problems);
                    }
                }
            }
        }
    }

    private static void value(String text, FieldPath path, Problems problems) {
        if (text.isEmpty()) {
            problems.invalid(
                    path,
                    "the value is empty",
                    "write *, which asks only that there be one, or take it out");
        } else if (text.length() > LONGEST) {
            problems.invalid(
                    path,
                    "the value has %d characters, the limit is %d"
                            .formatted(text.length(), LONGEST),
                    "write a shorter one, with * for the rest");
        } else if (text.indexOf('*') > 0 && text.indexOf('*') < text.length() - 1
                || text.length() > 1 && text.startsWith("*") && text.endsWith("*")) {
            problems.invalid(
                    path,
                    quoted(text) + " would be compared with its * as a sign",
                    "write * at the beginning or at the end, not both");
        }
    }

    private interface Check {
        void accept(FieldPath path, String text);
    }

    private static void each(List<String> texts, FieldPath path, Check check) {
        for (int i = 0; i < texts.size(); i++) {
            if (!texts.get(i).isEmpty()) {
                check.accept(path.index(i), texts.get(i));
            }
        }
    }

    private static Check subnet(Problems problems) {
        return (path, text) -> Values.subnet(problems, path, text);
    }

    /// A path is compared with what is left of a request's when its escapes, dots and slashes are resolved.
    private static Check path(Problems problems) {
        return (path, text) -> {
            var wrong = NEVER_IN_A_PATH.matcher(text);
            if (wrong.find()) {
                problems.invalid(
                        path,
                        "no request has the path %s: proxies compare without query and fragment, with / for //, and with /./, /../ and escapes of plain signs resolved"
                                .formatted(quoted(text)),
                        "write the path without " + quoted(wrong.group()));
            } else if (!text.startsWith("/") && !text.startsWith("*")) {
                problems.invalid(
                        path, "no request has the path " + quoted(text), "begin it with / or *");
            }
        };
    }

    private static Check port(Problems problems) {
        return (path, text) -> {
            if (!text.matches("[0-9]{1,5}")) {
                problems.invalid(
                        path, quoted(text) + " is no port", "write a number from 1 to 65535");
            } else {
                Values.port(problems, path, Integer.valueOf(text));
            }
        };
    }

    private static void condition(
            AuthorizationPolicy.Condition condition, FieldPath path, Problems problems) {
        var key = condition.key();
        if (condition.values().isEmpty() && condition.notValues().isEmpty()) {
            problems.missing(path, "the condition asks for nothing", "add values or notValues");
        }
        noneEmpty(condition, path, problems);
        if (!isKey(key)) {
            problems.invalid(
                    path.field("key"),
                    quoted(key) + " is no attribute that conditions know",
                    near(key)
                            + "known are "
                            + String.join(", ", KEYS)
                            + ", request.headers[name],"
                            + " request.auth.claims[name] and experimental.envoy.filters.filter[key]");
            return;
        }
        Consumer<Check> bothWays =
                check -> {
                    each(condition.values(), path.field("values"), check);
                    each(condition.notValues(), path.field("notValues"), check);
                };
        switch (key) {
            case "source.ip", "remote.ip", "destination.ip" -> bothWays.accept(subnet(problems));
            case "destination.port" -> bothWays.accept(port(problems));
            default -> {}
        }
    }

    private static boolean isKey(String key) {
        if (KEYS.contains(key)) {
            return true;
        }
        int bracket = key.indexOf('[');
        if (key.startsWith("request.headers[:")) {
            return false; // methods, hosts and paths are operations
        }
        return bracket > 0
                && key.endsWith("]")
                && key.length() > bracket + 2
                && NAMED_KEYS.stream()
                        .anyMatch(name ->
                                name.endsWith(".")
                                        ? key.startsWith(name) && bracket > name.length()
                                        : key.substring(0, bracket).equals(name));
    }

    private static String near(String key) {
        return NearNames.of(key, KEYS).map(name -> "did you mean " + name + "? ").orElse("");
    }
}
