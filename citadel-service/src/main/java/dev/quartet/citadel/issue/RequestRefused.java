package dev.quartet.citadel.issue;

/// A certificate signing request that is not signed, with the reason by name.
public final class RequestRefused extends Exception {
    private static final long serialVersionUID = 1;

    public enum Reason {
        TOO_LARGE,
        NOT_PEM,
        MALFORMED,
        WEAK_SIGNATURE,
        UNSUPPORTED_SIGNATURE,
        BAD_SIGNATURE,
        UNSUPPORTED_KEY,
        UNSUPPORTED_CURVE,
        WEAK_RSA_KEY,
        FOREIGN_IDENTITY,
        EXTRA_NAME,
        CERTIFICATE_AUTHORITY,
        BAD_LIFE
    }

    private final Reason reason;

    RequestRefused(Reason reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
