package dev.quartet.policy;

import dev.quartet.expressions.Expression;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The fields of an instance by its template, each a compiled expression.
public sealed interface InstanceFields {
    Template template();

    /// @param value of type INT64, DOUBLE or DURATION
    /// @param dimensions by label name, sorted
    record Metric(
            Expression value,
            SortedMap<String, Expression> dimensions,
            @Nullable Expression monitoredResourceType,
            SortedMap<String, Expression> monitoredResourceDimensions)
            implements InstanceFields {
        public Metric {
            dimensions = Collections.unmodifiableSortedMap(new TreeMap<>(dimensions));
            monitoredResourceDimensions =
                    Collections.unmodifiableSortedMap(new TreeMap<>(monitoredResourceDimensions));
        }

        @Override
        public Template template() {
            return Template.METRIC;
        }
    }

    record CheckNothing() implements InstanceFields {
        @Override
        public Template template() {
            return Template.CHECK_NOTHING;
        }
    }

    record ReportNothing() implements InstanceFields {
        @Override
        public Template template() {
            return Template.REPORT_NOTHING;
        }
    }
}
