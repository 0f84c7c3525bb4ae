package dev.quartet.imports.rbac;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.security.AuthorizationPolicy.Condition;
import dev.quartet.config.security.AuthorizationPolicy.Source;
import dev.quartet.imports.OldFields;
import dev.quartet.imports.Told;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A subject of a ServiceRoleBinding.
///
/// @param source null for anyone
record Caller(@Nullable Source source, List<Condition> when) {
    private static final String GROUPS = "request.auth.claims[groups]";
    private static final Set<String> KEYS =
            Set.of(
                    "source.ip",
                    "source.namespace",
                    "source.principal",
                    "request.auth.principal",
                    "request.auth.audiences",
                    "request.auth.presenter");
    private static final List<String> NAMED_KEYS =
            List.of("request.headers[", "request.auth.claims[", "experimental.envoy.filters.");

    /// Words that stood for somebody else than a user of that name.
    private static final Set<String> NO_NAMES = Set.of("*", "allUsers", "allAuthenticatedUsers");

    boolean isAnyone() {
        return source == null && when.isEmpty();
    }

    /// Empty when it cannot be said; then it has been told.
    static Optional<Caller> read(OldFields fields, Told told, Told.Of of) {
        var before = told.errors();
        if (fields.isEmpty()) {
            of.refuse(
                    fields.path(),
                    "the subject is empty, which is nobody",
                    "add user, namespaces or properties, or take it out");
        }
        var values = new Values(of);
        var when = new ArrayList<Condition>();
        var user = values.text(fields, "user");
        var principals = new ArrayList<List<String>>();
        user.filter(it -> !it.equals("*")).ifPresent(it -> principals.add(List.of(it)));
        var notPrincipals = new ArrayList<String>();
        for (var name : List.of("names", "principals")) {
            var listed = names(fields, name, values.of(fields, name), of);
            if (!listed.isEmpty()) {
                principals.add(listed);
            }
        }
        for (var name : List.of("notNames", "notPrincipals")) {
            notPrincipals.addAll(names(fields, name, values.of(fields, name), of));
        }
        for (int i = 1; i < principals.size(); i++) {
            when.add(new Condition("source.principal", principals.get(i), List.of()));
        }
        values.text(fields, "group")
                .ifPresent(it -> when.add(new Condition(GROUPS, List.of(it), List.of())));
        var groups = values.of(fields, "groups");
        if (!groups.isEmpty()) {
            when.add(new Condition(GROUPS, groups, List.of()));
        }
        var notGroups = values.noneOf(fields, "notGroups");
        if (!notGroups.isEmpty()) {
            when.add(new Condition(GROUPS, List.of(), notGroups));
        }
        properties(fields, values, when, of);
        var source =
                new Source(
                        principals.isEmpty() ? List.of() : principals.getFirst(),
                        notPrincipals,
                        List.of(),
                        List.of(),
                        values.of(fields, "namespaces"),
                        values.noneOf(fields, "notNamespaces"),
                        values.of(fields, "ips"),
                        values.noneOf(fields, "notIps"),
                        List.of(),
                        List.of());
        fields.close();
        return told.errors() > before
                ? Optional.empty()
                : Optional.of(new Caller(isEmpty(source) ? null : source, when));
    }

    private static List<String> names(
            OldFields fields, String name, List<String> listed, Told.Of told) {
        if (listed.stream().anyMatch(NO_NAMES::contains)) {
            told.refuse(
                    fields.at(name),
                    "whom a word for everyone means there is not certain",
                    "write user: \"*\" for anyone, or source.principal: \"*\" among properties for who has a certificate");
        }
        return listed;
    }

    private static void properties(
            OldFields fields, Values values, List<Condition> when, Told.Of told) {
        fields.textMap("properties")
                .forEach((key, value) -> {
                    var path = fields.at("properties").key(key);
                    if (!KEYS.contains(key)
                            && !(key.endsWith("]")
                                    && NAMED_KEYS.stream().anyMatch(key::startsWith))) {
                        told.refuse(
                                path,
                                "an AuthorizationPolicy cannot ask for " + quoted(key),
                                "write another property in its place");
                    }
                    values.check(value, path);
                    when.add(new Condition(key, List.of(value), List.of()));
                });
    }

    private static boolean isEmpty(Source source) {
        return source.principals().isEmpty()
                && source.notPrincipals().isEmpty()
                && source.namespaces().isEmpty()
                && source.notNamespaces().isEmpty()
                && source.ipBlocks().isEmpty()
                && source.notIpBlocks().isEmpty();
    }
}
