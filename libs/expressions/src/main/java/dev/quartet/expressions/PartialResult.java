package dev.quartet.expressions;

/// What partial evaluation found out.
public sealed interface PartialResult {
    /// The value is settled: whatever the unknown attributes turn out to be, full evaluation gives this value, or it
    /// fails because an unknown attribute turns out to be absent (a match that fails does not hold).
    record Known(Object value) implements PartialResult {}

    /// It depends on attributes that are not known yet. The residual asks only for those (save for a known map under
    /// an unknown key), and gives on the full bag what the whole expression would give.
    record Unknown(Expression residual) implements PartialResult {}

    /// Evaluation fails in any case, for example since an attribute is known to be absent.
    record Failed(ExpressionException error) implements PartialResult {}

    /// Whether a match can hold for some values of what is unknown.
    default boolean canBeTrue() {
        return switch (this) {
            case Known(var value) -> Boolean.TRUE.equals(value);
            case Unknown _ -> true;
            case Failed _ -> false;
        };
    }
}
