package dev.quartet.config.read;

import dev.quartet.config.Reason;

/// Says what does not fit, at the node and the way to it.
record Faults(Findings.Of findings) {
    void add(Reason reason, Node node, Step step, String fault, String fix) {
        findings.add(reason, node.line(), step.path(), fault, fix);
    }

    void wrongType(Node node, Step step, String wanted, String fix) {
        add(Reason.WRONG_TYPE, node, step, wanted + " is wanted here, not " + node.label(), fix);
    }
}
