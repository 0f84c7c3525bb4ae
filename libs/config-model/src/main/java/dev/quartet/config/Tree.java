package dev.quartet.config;

import dev.quartet.config.schema.SortedMaps;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/// A value without a schema: the parameters of handlers and instances, until the adapter or template types them.
/// Immutable; fields are sorted by name, numbers are equal when they have the same value.
public sealed interface Tree {
    record Text(String text) implements Tree {}

    record Num(BigDecimal number) implements Tree {
        public Num {
            number = number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
        }

        public static Num of(long number) {
            return new Num(BigDecimal.valueOf(number));
        }

        public static Num of(double number) {
            return new Num(BigDecimal.valueOf(number));
        }
    }

    record Bool(boolean value) implements Tree {}

    record Items(List<Tree> items) implements Tree {
        public Items {
            items = List.copyOf(items);
        }
    }

    record Fields(Map<String, Tree> fields) implements Tree {
        public Fields {
            fields = SortedMaps.copyOf(fields);
        }
    }

    record Null() implements Tree {}
}
