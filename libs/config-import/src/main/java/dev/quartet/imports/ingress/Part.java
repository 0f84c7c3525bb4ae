package dev.quartet.imports.ingress;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Tree;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.schema.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// A part of an object, read strictly: what is of another type, or has a name that nobody knows, is told.
///
/// @param tree null when it is not there
/// @param problems gets what is wrong
record Part(@Nullable Tree tree, FieldPath path, ClusterObject object, List<Problem> problems) {
    Part at(String field) {
        return new Part(
                tree instanceof Tree.Fields(var fields) ? fields.get(field) : null,
                path.field(field),
                object,
                problems);
    }

    boolean isThere() {
        return tree != null && !(tree instanceof Tree.Null);
    }

    /// Tells which fields nobody knows.
    Part knows(String... names) {
        if (isThere() && !(tree instanceof Tree.Fields)) {
            wrongType("an object");
        }
        if (tree instanceof Tree.Fields(var fields)) {
            var unknown = new TreeSet<>(fields.keySet());
            unknown.removeAll(Set.of(names));
            for (var name : unknown) {
                tell(
                        Reason.UNKNOWN_FIELD,
                        path.field(name),
                        "there is no field " + quoted(name),
                        "use one of " + Names.listed(List.of(names)));
            }
        }
        return this;
    }

    /// Empty when it is not there, or no text.
    String text() {
        if (tree instanceof Tree.Text(var text)) {
            return text;
        }
        if (isThere()) {
            wrongType("a text");
        }
        return "";
    }

    /// The number of a port; null when it is none.
    @Nullable Integer port() {
        if (tree instanceof Tree.Num(var number)) {
            try {
                int port = number.intValueExact();
                if (port >= 1 && port <= 65_535) {
                    return port;
                }
            } catch (ArithmeticException _) {
                // told with the others
            }
            tell(
                    Reason.INVALID_VALUE,
                    path,
                    number.toPlainString() + " is no port",
                    "write a number from 1 to 65535");
            return null;
        }
        wrongType("a number");
        return null;
    }

    <T> List<T> items(BiFunction<Part, Integer, @Nullable T> each) {
        var all = new ArrayList<T>();
        if (tree instanceof Tree.Items(var items)) {
            for (int i = 0; i < items.size(); i++) {
                var item = each.apply(new Part(items.get(i), path.index(i), object, problems), i);
                if (item != null) {
                    all.add(item);
                }
            }
        } else if (isThere()) {
            wrongType("a list");
        }
        return all;
    }

    private void wrongType(String wanted) {
        tell(
                Reason.WRONG_TYPE,
                path,
                wanted + " is wanted here",
                "see the Kubernetes reference of Ingress for its form");
    }

    void missing(String fault, String fix) {
        tell(Reason.MISSING_FIELD, path, fault, fix);
    }

    void invalid(String fault, String fix) {
        tell(Reason.INVALID_VALUE, path, fault, fix);
    }

    private void tell(Reason reason, FieldPath at, String fault, String fix) {
        problems.add(new Problem(reason, null, object.positionOf(at), at, fault, fix));
    }
}
