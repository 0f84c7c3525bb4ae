package dev.quartet.citadel.authenticate;

import dev.quartet.identity.SpiffeId;
import io.grpc.Context;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Who calls, proved.
///
/// @param validUntil when the proof ends: a stream must not outlive it
/// @param pod the one pod that the proof was made for; null when it does not say
public record Caller(SpiffeId id, Proof proof, Instant validUntil, @Nullable String pod) {

    public enum Proof {
        CERTIFICATE,
        TOKEN,
        KUBERNETES_TOKEN
    }

    public Caller(SpiffeId id, Proof proof, Instant validUntil) {
        this(id, proof, validUntil, null);
    }

    static final Context.Key<Caller> KEY = Context.key("quartet-citadel-caller");

    /// The caller of the call that this thread works on.
    ///
    /// @throws IllegalStateException outside an authenticated call, which is a bug
    public static Caller current() {
        var caller = KEY.get();
        if (caller == null) {
            throw new IllegalStateException("no authenticated call is being worked on");
        }
        return caller;
    }
}
