package dev.quartet.citadel.credential;

import org.jspecify.annotations.Nullable;

/// A credential that can't be used, with the reason by name. The message says what is wrong, [#fix()] what to do; neither
/// quotes anything of a key.
public final class CredentialRefused extends Exception {
    private static final long serialVersionUID = 1;

    public enum Reason {
        INCOMPLETE,
        UNREADABLE,
        WRONG_TYPE,
        TOO_LARGE,
        TOO_MANY,
        MALFORMED,
        SEVERAL_KEYS,
        ENCRYPTED_KEY,
        UNSUPPORTED_KEY,
        WEAK_RSA_KEY,
        WEAK_SIGNATURE,
        KEY_OF_ANOTHER_CERTIFICATE,
        CHAIN_OUT_OF_ORDER,
        EXPIRED,
        NOT_YET_VALID,
        WRONG_PURPOSE,
        NOT_AN_AUTHORITY,
        REVOCATIONS_OF_ANOTHER_AUTHORITY,
        BAD_SERVICE_ACCOUNT
    }

    private final Reason reason;
    private final String fix;

    public CredentialRefused(Reason reason, String fault, String fix) {
        super(fault);
        this.reason = reason;
        this.fix = fix;
    }

    public Reason reason() {
        return reason;
    }

    /// What is wrong.
    public String fault() {
        return String.valueOf(getMessage());
    }

    public String fix() {
        return fix;
    }

    boolean sameAs(@Nullable CredentialRefused other) {
        return other != null && reason == other.reason && fault().equals(other.fault());
    }
}
