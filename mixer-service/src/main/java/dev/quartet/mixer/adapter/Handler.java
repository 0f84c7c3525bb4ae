package dev.quartet.mixer.adapter;

import dev.quartet.expressions.Attributes;
import java.util.List;

/// A configured adapter at work. Used by many requests at once; a call does not block and returns in microseconds.
/// What it throws is a bug: it is counted, and a check then ends in an error, never in a pass.
public sealed interface Handler {

    /// Answers checks.
    non-sealed interface Check extends Handler {
        /// @param instance the instance's name, `name.namespace`
        CheckOutcome check(String instance, Attributes attributes);
    }

    /// Takes reports.
    non-sealed interface Report extends Handler {
        /// Where the values of an instance go, asked once per configuration. Empty: the handler has no use for it.
        ///
        /// @param instance the instance's name, `name.namespace`
        List<Sink> sinks(String instance);
    }

    /// One destination of an instance's values.
    interface Sink {
        /// The dimensions it wants, in the order in which [#record] gets their values.
        List<String> dimensions();

        void record(LabelValues dimensions, double value, long nowMillis);
    }
}
