package dev.quartet.galley.register;

/// What kube-apiserver does with config that no Galley judges, as Kubernetes names it.
public enum FailurePolicy {
    /// It is refused.
    FAIL("Fail"),
    /// It is stored; Galley still leaves out of the mesh what is wrong.
    IGNORE("Ignore");

    private final String label;

    FailurePolicy(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
