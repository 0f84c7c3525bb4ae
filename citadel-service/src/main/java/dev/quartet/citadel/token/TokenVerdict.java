package dev.quartet.citadel.token;

import dev.quartet.identity.SpiffeId;
import java.time.Duration;
import java.time.Instant;

/// What a token proves, or why it proves nothing.
public sealed interface TokenVerdict {

    record Accepted(SpiffeId subject, Instant issuedAt, Instant expiresAt) implements TokenVerdict {

        public Duration life() {
            return Duration.between(issuedAt, expiresAt);
        }

        public Instant halfLife() {
            return issuedAt.plus(life().dividedBy(2));
        }
    }

    record Refused(Reason reason, String detail) implements TokenVerdict {}

    /// The words of log, metric and status text.
    enum Reason {
        TOKEN_TOO_LONG,
        TOKEN_MALFORMED,
        TOKEN_ALGORITHM,
        TOKEN_UNKNOWN_KEY,
        TOKEN_SIGNATURE,
        TOKEN_ISSUER,
        TOKEN_AUDIENCE,
        TOKEN_WITHOUT_EXPIRY,
        TOKEN_NOT_YET_VALID,
        TOKEN_SUBJECT,
        TOKEN_EXPIRED;

        /// A well-formed token of somebody else's signing.
        public boolean isForeign() {
            return this == TOKEN_ALGORITHM || this == TOKEN_UNKNOWN_KEY;
        }
    }
}
