package dev.quartet.cli;

/// Something that the user can do something about. It is printed without a stack trace, as `what`, then `fix`.
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String fix;
    private final int exitCode;

    /// @param what what is wrong and where, in lower case, without a full stop; may have several lines
    /// @param fix what to do about it, in lower case, without a full stop; may be empty
    public Failure(String what, String fix) {
        this(what, fix, 1);
    }

    public Failure(String what, String fix, int exitCode) {
        super(what);
        this.fix = fix;
        this.exitCode = exitCode;
    }

    public Failure(String what, String fix, Throwable cause) {
        super(what, cause);
        this.fix = fix;
        this.exitCode = 1;
    }

    /// The same for a command whose exit code 1 means something else.
    public Failure endingWith(int code) {
        return new Failure(String.valueOf(getMessage()), fix, code);
    }

    public String fix() {
        return fix;
    }

    public int exitCode() {
        return exitCode;
    }
}
