package dev.quartet.imports.rbac;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.security.AuthorizationPolicy.Condition;
import dev.quartet.config.security.AuthorizationPolicy.Operation;
import dev.quartet.imports.OldFields;
import dev.quartet.imports.Told;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A rule of a ServiceRole.
///
/// @param names of services, by `destination.name`; each list must hold one that fits
/// @param namespaces the same, by `destination.namespace`
/// @param labels that a workload must have, each with one of the values
record AccessRule(
        FieldPath path,
        List<String> services,
        List<List<String>> names,
        List<List<String>> namespaces,
        List<Label> labels,
        Operation operation,
        List<Condition> when) {
    private static final String LABEL = "destination.labels[";
    private static final List<String> PLAIN_KEYS =
            List.of("destination.ip", "destination.port", "connection.sni");

    record Label(String key, List<String> values) {}

    /// Empty when it cannot be said; then it has been told.
    static Optional<AccessRule> read(OldFields fields, Told told, Told.Of of) {
        var before = told.errors();
        var values = new Values(of);
        var services = values.of(fields, "services");
        if (services.isEmpty()) {
            of.refuse(
                    fields.at("services"),
                    "the rule names no services, so it grants nothing",
                    "add services, or take the rule out");
        }
        var operation =
                new Operation(
                        values.of(fields, "hosts"),
                        values.noneOf(fields, "notHosts"),
                        values.of(fields, "ports"),
                        values.noneOf(fields, "notPorts"),
                        values.of(fields, "methods"),
                        values.noneOf(fields, "notMethods"),
                        values.of(fields, "paths"),
                        values.noneOf(fields, "notPaths"));
        var names = new ArrayList<List<String>>();
        var namespaces = new ArrayList<List<String>>();
        var labels = new ArrayList<Label>();
        var when = new ArrayList<Condition>();
        for (var constraint : fields.objects("constraints")) {
            var key = constraint.text("key").orElse("");
            var wanted = values.of(constraint, "values");
            if (wanted.isEmpty()) {
                of.refuse(
                        constraint.at("values"),
                        "the constraint has no values, so the rule grants nothing",
                        "add values, or take the rule out");
            }
            switch (key) {
                case "destination.name" -> names.add(wanted);
                case "destination.namespace" -> namespaces.add(wanted);
                default -> {
                    if (key.startsWith(LABEL) && key.endsWith("]")) {
                        labels.add(label(key, wanted, constraint, of));
                    } else if (isKey(key)) {
                        when.add(new Condition(key, wanted, List.of()));
                    } else {
                        of.refuse(
                                constraint.at("key"),
                                "an AuthorizationPolicy cannot ask for " + quoted(key),
                                "write a constraint by destination.labels[…] in its place");
                    }
                }
            }
            constraint.close();
        }
        fields.close();
        return told.errors() > before
                ? Optional.empty()
                : Optional.of(
                        new AccessRule(
                                fields.path(),
                                services,
                                names,
                                namespaces,
                                labels,
                                operation,
                                when));
    }

    private static boolean isKey(String key) {
        var isNamed =
                key.startsWith("request.headers[") || key.startsWith("experimental.envoy.filters.");
        return PLAIN_KEYS.contains(key) || (isNamed && key.endsWith("]"));
    }

    private static Label label(
            String key, List<String> values, OldFields constraint, Told.Of told) {
        if (!values.stream().allMatch(Pattern::isExact)) {
            told.refuse(
                    constraint.at("values"),
                    "the selector of an AuthorizationPolicy asks for exact labels",
                    "write each value in full");
        }
        return new Label(key.substring(LABEL.length(), key.length() - 1), values);
    }
}
