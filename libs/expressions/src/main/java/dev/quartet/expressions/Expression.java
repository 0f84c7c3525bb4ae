package dev.quartet.expressions;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;

/// A compiled expression: typed, immutable, thread-safe. Evaluation allocates nothing in the common case, and raises
/// exceptions only at this door. `docs/cexl.md` describes the language.
public final class Expression {
    /// Longest text that is compiled, in UTF-16 units.
    public static final int MAX_LENGTH = 16_384;

    /// Deepest nesting of parentheses, calls and operators.
    public static final int MAX_DEPTH = 100;

    private final String text;

    /// What positions count in: the text that a user wrote, also where this is the residual of it.
    private final String source;

    private final Node root;
    private final Set<String> referenced;

    private Expression(String text, String source, Node root) {
        this.text = text;
        this.source = source;
        this.root = root;
        var names = new LinkedHashSet<String>();
        Consumer<String> collect = names::add;
        root.references(collect);
        this.referenced = Collections.unmodifiableSet(names);
    }

    /// @throws ExpressionException of phase COMPILE when the text is no expression, names what the vocabulary does not
    ///     have, or its types do not fit
    public static Expression compile(String text, AttributeVocabulary vocabulary)
            throws ExpressionException {
        try {
            return new Expression(
                    text, text, new Checker(vocabulary).check(new Parser(text).parse()));
        } catch (Fault fault) {
            throw new ExpressionException(
                    ExpressionException.Phase.COMPILE, fault.message(), text, fault.position());
        }
    }

    /// The name under which [#referenced()] lists a map entry: `request.headers[x-user]`.
    public static String entryName(String map, String key) {
        return map + "[" + key + "]";
    }

    public String text() {
        return text;
    }

    public ValueType type() {
        return root.type();
    }

    /// Attributes that evaluation may ask for, in the order of the text; entries of maps as `request.headers[x]`.
    public Set<String> referenced() {
        return referenced;
    }

    /// The value, in the Java type of [#type()].
    ///
    /// @throws ExpressionException of phase EVALUATE when an attribute without a `|` default is absent, or a value does
    ///     not fit (`ip("x")`)
    public Object evaluate(Attributes attributes) throws ExpressionException {
        var value = root.value(attributes);
        if (value instanceof Signal signal) {
            throw exception(signal);
        }
        return value;
    }

    /// Whether an expression of type BOOL is true. One that cannot be evaluated is not: Mixer's reading of a rule's
    /// match. Allocates nothing, also when attributes are absent.
    ///
    /// @throws IllegalStateException when the type is another one
    public boolean holds(Attributes attributes) {
        if (root.type() != ValueType.BOOL) {
            throw new IllegalStateException(
                    "not a condition: " + text + " is of type " + root.type());
        }
        return Boolean.TRUE.equals(root.evaluate(attributes));
    }

    /// Settles what can be settled from what is known. `&&` and `||` are three-valued, so one known false operand of
    /// `&&` settles it, on either side.
    public PartialResult evaluatePartially(Knowledge known) {
        var rest = root.partialValue(known);
        if (!(rest instanceof Constant constant)) {
            return new PartialResult.Unknown(new Expression(rest.toString(), source, rest));
        }
        return constant.value() instanceof Signal signal
                ? new PartialResult.Failed(exception(signal))
                : new PartialResult.Known(constant.value());
    }

    private ExpressionException exception(Signal signal) {
        return new ExpressionException(
                ExpressionException.Phase.EVALUATE, signal.message(), source, signal.position());
    }

    /// The text it was compiled from.
    @Override
    public String toString() {
        return text;
    }
}
