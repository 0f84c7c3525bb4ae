package dev.quartet.config.analyze;

import dev.quartet.config.Tree;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// Looks into a value without a schema: what is not there, or is something else, is empty.
record Loose(Tree tree) {
    private static final Tree NOTHING = new Tree.Null();
    private static final BigDecimal MOST = BigDecimal.valueOf(Integer.MAX_VALUE);

    Loose at(String... way) {
        var here = tree;
        for (var name : way) {
            here =
                    here instanceof Tree.Fields object
                            ? object.fields().getOrDefault(name, NOTHING)
                            : NOTHING;
        }
        return new Loose(here);
    }

    boolean isThere() {
        return !(tree instanceof Tree.Null);
    }

    boolean isTrue() {
        return tree instanceof Tree.Bool bool && bool.value();
    }

    /// A number as it is written.
    String text() {
        return switch (tree) {
            case Tree.Text text -> text.text();
            case Tree.Num number -> number.number().toPlainString();
            default -> "";
        };
    }

    String text(String otherwise) {
        var text = text();
        return text.isEmpty() ? otherwise : text;
    }

    /// Empty when it is no whole number from 0 to 2^31 - 1.
    OptionalLong number() {
        return tree instanceof Tree.Num(var number)
                        && number.signum() >= 0
                        && number.compareTo(MOST) <= 0
                        && number.stripTrailingZeros().scale() <= 0
                ? OptionalLong.of(number.longValue())
                : OptionalLong.empty();
    }

    List<Loose> items() {
        return tree instanceof Tree.Items list
                ? list.items().stream().map(Loose::new).toList()
                : List.of();
    }

    Map<String, Loose> fields() {
        var fields = new HashMap<String, Loose>();
        if (tree instanceof Tree.Fields object) {
            object.fields().forEach((name, value) -> fields.put(name, new Loose(value)));
        }
        return fields;
    }

    Map<String, String> texts() {
        var texts = new HashMap<String, String>();
        fields().forEach((name, value) -> {
            if (value.tree() instanceof Tree.Text text) {
                texts.put(name, text.text());
            }
        });
        return texts;
    }
}
