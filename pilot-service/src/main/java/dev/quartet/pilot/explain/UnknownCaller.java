package dev.quartet.pilot.explain;

/// Nobody has the name from where a request is to come.
public final class UnknownCaller extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String fix;

    UnknownCaller(String what, String fix) {
        super(what);
        this.fix = fix;
    }

    /// What the user can do about it.
    public String fix() {
        return fix;
    }
}
