package dev.quartet.expressions;

/// What evaluation gives in place of a value: that there is none, or why it failed. Never leaves this package, so that
/// nothing in the hot path throws.
///
/// @param position offset in the text
record Signal(String message, int position) {
    /// No value, where a `|` may still give one.
    static final Signal ABSENT = new Signal("no value", 0);

    static Signal missing(String what, int position) {
        return new Signal(what + " has no value; give a default with |", position);
    }
}
