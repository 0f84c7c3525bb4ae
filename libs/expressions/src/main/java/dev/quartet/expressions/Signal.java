package dev.quartet.expressions;

/// What evaluation gives in place of a value: that there is none, or why it failed. Never leaves this package, so that
/// nothing in the hot path throws.
///
/// @param missing whether only a value was missing
/// @param position offset in the text
record Signal(boolean missing, String message, int position) {
    /// No value, where a `|` may still give one.
    static final Signal ABSENT = new Signal(true, "no value", 0);

    static Signal missing(String what, int position) {
        return new Signal(true, what + " has no value; give a default with |", position);
    }

    static Signal failure(String message, int position) {
        return new Signal(false, message, position);
    }
}
