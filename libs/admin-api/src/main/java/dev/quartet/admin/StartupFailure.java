package dev.quartet.admin;

/// A service cannot start, and its user can do something about it. Thrown from anywhere during start-up, it ends the process with exit code 1 and exactly this text on stderr, without a
/// stack trace. A bug is any other exception, and keeps its trace.
public final class StartupFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String fix;

    /// @param fault what is wrong and where (setting, file, port), lower case, no full stop
    /// @param fix what to do about it, lower case, no full stop
    public StartupFailure(String fault, String fix) {
        super(fault);
        this.fix = fix;
    }

    public StartupFailure(String fault, String fix, Throwable cause) {
        super(fault, cause);
        this.fix = fix;
    }

    public String fix() {
        return fix;
    }
}
