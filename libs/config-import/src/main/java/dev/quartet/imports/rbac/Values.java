package dev.quartet.imports.rbac;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.imports.OldFields;
import dev.quartet.imports.Told;
import java.util.List;
import java.util.Optional;

/// Reads lists of values to compare with, as far as both kinds of policy compare alike.
final class Values {
    private final Told.Of told;

    Values(Told.Of told) {
        this.told = told;
    }

    Optional<String> text(OldFields fields, String name) {
        var text = fields.text(name);
        text.ifPresent(it -> check(it, fields.at(name)));
        return text;
    }

    void check(String value, FieldPath path) {
        if (!Pattern.isPlain(value)) {
            told.refuse(
                    path,
                    quoted(value) + " has a star that is not at one end",
                    "write value, prefix*, *suffix or *");
        }
    }

    List<String> of(OldFields fields, String name) {
        var values = fields.texts(name);
        for (int i = 0; i < values.size(); i++) {
            check(values.get(i), fields.at(name).index(i));
        }
        if (fields.has(name) && values.isEmpty()) {
            told.refuse(
                    fields.at(name),
                    "an empty list asks for nothing",
                    "take the field out, or add values");
        }
        return values;
    }

    List<String> noneOf(OldFields fields, String name) {
        var values = of(fields, name);
        if (values.contains("*")) {
            told.refuse(
                    fields.at(name),
                    "everything but everything is nothing",
                    "take it out of the rules: it grants nothing");
        }
        return values;
    }
}
