package dev.quartet.expressions;

/// What partial evaluation found out.
public sealed interface PartialResult {
    /// The value is settled: whatever the unknown attributes turn out to be, full evaluation gives this value or it
    /// fails, as it does when one of them turns out to be absent (a match that fails does not hold).
    record Known(Object value) implements PartialResult {}

    /// It depends on attributes that are not known yet; the residual asks only for those. On the full bag it gives what
    /// the whole expression gives, unless the whole fails.
    record Unknown(Expression residual) implements PartialResult {}

    /// Evaluation fails in any case, for example since an attribute is known to be absent.
    record Failed(ExpressionException error) implements PartialResult {}
}
