package dev.quartet.citadel.credential;

/// What a caller gets that asks for a credential.
public sealed interface Answer {

    record Given(Credential credential) implements Answer {}

    /// Nothing, now. The caller is not told which reason it is: that would tell it what there is.
    record None(Reason reason, String detail) implements Answer {}

    /// It is being found out; ask again soon. What the caller has meanwhile stays.
    record Later() implements Answer {}

    enum Reason {
        CREDENTIAL_NOT_FOUND,
        CREDENTIAL_NOT_ALLOWED,
        CREDENTIAL_UNUSABLE,
        CREDENTIAL_NOT_READABLE
    }
}
