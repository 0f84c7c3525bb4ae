package dev.quartet.config.crd;

import dev.quartet.config.Kind;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.RecordSchema;
import dev.quartet.config.schema.Shape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.SequencedSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The reference pages of all kinds: each record a table, in the order in which they are met.
final class ReferencePages {
    private final RecordDocs docs;

    ReferencePages(RecordDocs docs) {
        this.docs = docs;
    }

    static String file(Kind kind) {
        return kind.label().toLowerCase(Locale.ROOT) + ".md";
    }

    /// The first sentence of what the record says about itself.
    String summary(Kind kind) {
        var text = docs.of(kind.spec()).orElse("");
        int end = text.indexOf(". ");
        return (end < 0 ? text : text.substring(0, end + 1)).replaceFirst(" \\(.*?\\)\\.?$", ".");
    }

    String page(Kind kind) {
        var text = new StringBuilder();
        text.append("# ").append(kind.label()).append("\n\n");
        docs.of(kind.spec()).ifPresent(about -> text.append(about).append("\n\n"));
        note(text, RecordSchema.of(kind.spec()).notTranslated());
        text.append("`apiVersion`: ")
                .append(
                        kind.versions().stream()
                                .map(version -> "`" + kind.group() + "/" + version + "`")
                                .collect(Collectors.joining(", ")))
                .append(scope(kind))
                .append("\n\n");
        for (var record : records(kind)) {
            table(text, record, record.type() == kind.spec() ? "spec" : title(record.type()));
        }
        return text.toString().stripTrailing() + "\n";
    }

    private static String scope(Kind kind) {
        return switch (kind.scope()) {
            case NAMESPACE -> "; belongs to a namespace.";
            case CLUSTER -> "; stands beside all namespaces.";
            case MESH -> "; one for the mesh, in a cluster a key of the ConfigMap `istio`.";
        };
    }

    private static void note(StringBuilder text, @Nullable NotTranslated why) {
        if (why != null) {
            text.append("**").append(notInForce(why)).append("**\n\n");
        }
    }

    private static String notInForce(NotTranslated why) {
        return "Not in force yet: " + why.value() + ".";
    }

    private static SequencedSet<RecordSchema> records(Kind kind) {
        var seen = new LinkedHashSet<RecordSchema>();
        var next = new ArrayDeque<RecordSchema>();
        next.add(RecordSchema.of(kind.spec()));
        while (!next.isEmpty()) {
            var record = next.removeFirst();
            if (seen.add(record)) {
                record.fields().stream()
                        .flatMap(field -> field.shape().records())
                        .filter(inner -> !standsInItsField(inner))
                        .forEach(next::add);
            }
        }
        return seen;
    }

    /// A member of a choice is shown where the choice is.
    private static boolean standsInItsField(RecordSchema record) {
        return Arrays.stream(record.type().getInterfaces()).anyMatch(Class::isSealed);
    }

    private static String title(Class<?> type) {
        return type.getName().replaceFirst(".*\\.", "").replace('$', '.');
    }

    private void table(StringBuilder text, RecordSchema record, String title) {
        text.append("## ").append(title).append("\n\n");
        if (!title.equals("spec")) {
            docs.of(record.type()).ifPresent(about -> text.append(about).append("\n\n"));
        }
        text.append("| Field | Type | |\n|---|---|---|\n");
        for (var field : record.fields()) {
            text.append("| `")
                    .append(field.name())
                    .append("` | ")
                    .append(type(field.shape()))
                    .append(" | ")
                    .append(String.join(" ", about(record, field)).replace("|", "\\|"))
                    .append(" |\n");
        }
        text.append('\n');
    }

    private List<String> about(RecordSchema record, RecordSchema.Field field) {
        var about = new ArrayList<String>();
        if (field.required()) {
            about.add("Required.");
        }
        if (field.notEmpty()) {
            about.add("Not empty if it is there.");
        }
        docs.of(record.type(), field.name()).ifPresent(about::add);
        for (var group : record.exclusive()) {
            if (group.contains(field) && group.size() > 1) {
                about.add(
                        group.stream()
                                .filter(other -> other != field)
                                .map(other -> "`" + other.name() + "`")
                                .collect(Collectors.joining(", ", "Excludes ", ".")));
            }
        }
        if (field.notTranslated() != null) {
            about.add(notInForce(field.notTranslated()));
        }
        if (field.shape() instanceof Shape.Choice choice) {
            choice(choice, about);
        }
        return about;
    }

    private void choice(Shape.Choice choice, List<String> about) {
        docs.of(choice.type()).ifPresent(about::add);
        for (var constant : choice.type().getEnumConstants()) {
            var why = RecordSchema.notTranslated(constant);
            if (why != null) {
                about.add("`" + constant.name() + "`: " + notInForce(why));
            }
        }
    }

    private static String type(Shape shape) {
        return switch (shape) {
            case Shape.Text text -> "text";
            case Shape.Bool bool -> "true or false";
            case Shape.Int32 number -> "whole number";
            case Shape.Int64 number -> "whole number";
            case Shape.Decimal number -> "number";
            case Shape.Span span -> "duration";
            case Shape.Choice choice ->
                    choice.names().stream()
                            .map(name -> "`" + name + "`")
                            .collect(Collectors.joining(", "));
            case Shape.AnyTree tree -> "anything";
            case Shape.ListOf list -> "list of " + type(list.item());
            case Shape.MapOf map ->
                    "map of " + (map.numericKeys() ? "port" : "text") + " to " + type(map.value());
            case Shape.Nested nested -> {
                var title = title(nested.schema().type());
                yield "[" + title + "](#" + anchor(title) + ")";
            }
            case Shape.AnyOf any ->
                    any.members().stream()
                            .map(member ->
                                    member.fields().isEmpty()
                                            ? "`{}`"
                                            : "`{"
                                                    + member.fields().getFirst().name()
                                                    + ": "
                                                    + type(member.fields().getFirst().shape())
                                                    + "}`")
                            .collect(Collectors.joining(", "));
        };
    }

    private static String anchor(String title) {
        return title.toLowerCase(Locale.ROOT).replace(".", "");
    }
}
