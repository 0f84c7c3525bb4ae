package dev.quartet.pilot.node;

/// A proxy that gets no config. The message says what it claimed and what was expected.
public final class ProxyRefused extends Exception {
    private static final long serialVersionUID = 1L;

    /// Why, as the metric's label reads.
    public enum Reason {
        MALFORMED_NODE,
        IDENTITY_MISMATCH,
        TOO_MANY_STREAMS
    }

    private final Reason reason;

    ProxyRefused(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /// Of an identity that has its share.
    public static ProxyRefused tooMany(String message) {
        return new ProxyRefused(Reason.TOO_MANY_STREAMS, message);
    }

    public Reason reason() {
        return reason;
    }
}
