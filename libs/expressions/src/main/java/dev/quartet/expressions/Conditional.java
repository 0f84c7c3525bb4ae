package dev.quartet.expressions;

/// `conditional(condition, yes, no)`; only the branch that is taken is evaluated.
final class Conditional extends Node {
    private final Node condition;
    private final Node yes;
    private final Node no;

    Conditional(Form form, Node condition, Node yes, Node no, int position) {
        super(yes.type(), position, form, condition, yes, no);
        this.condition = condition;
        this.yes = yes;
        this.no = no;
    }

    @Override
    Object evaluate(Attributes attributes) {
        var holds = condition.value(attributes);
        if (holds instanceof Signal) {
            return holds;
        }
        return ((Boolean) holds ? yes : no).evaluate(attributes);
    }

    @Override
    Node partial(Knowledge known) {
        var holds = condition.partialValue(known);
        if (holds instanceof Constant constant) {
            return constant.value() instanceof Signal signal
                    ? new Constant(this, signal)
                    : ((Boolean) constant.value() ? yes : no).partial(known);
        }
        return new Conditional(form(), holds, yes.partial(known), no.partial(known), position());
    }

    @Override
    boolean canBeAbsent() {
        return yes.canBeAbsent() || no.canBeAbsent();
    }

    @Override
    String absentPart() {
        return "the branch taken by ";
    }
}
