package dev.quartet.citadel.authorize;

/// Whether a caller gets what it asked for, and if not, why.
public sealed interface Decision {

    record Allowed() implements Decision {}

    record Refused(Reason reason, String detail) implements Decision {}

    enum Reason {
        FOREIGN_TRUST_DOMAIN,
        NODE_CONTRADICTS_IDENTITY,
        SECRET_OF_ANOTHER_IDENTITY
    }
}
