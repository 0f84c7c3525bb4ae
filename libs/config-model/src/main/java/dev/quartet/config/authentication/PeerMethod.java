package dev.quartet.config.authentication;

import dev.quartet.config.schema.NullIsEmpty;
import dev.quartet.config.schema.OneOf;
import org.jspecify.annotations.Nullable;

/// One way for a calling workload to prove what it is.
public record PeerMethod(
        @OneOf("method") @NullIsEmpty @Nullable MutualTls mtls,
        @OneOf("method") @Nullable Jwt jwt) {

    /// @param allowTls an earlier word for `PERMISSIVE`
    /// @param mode unset is `STRICT`
    public record MutualTls(boolean allowTls, @Nullable Mode mode) {
        /// Whether a caller without a certificate passes too.
        public boolean isPermissive() {
            return allowTls || mode == Mode.PERMISSIVE;
        }
    }

    public enum Mode {
        STRICT,
        PERMISSIVE
    }
}
