package dev.quartet.citadel.authenticate;

import dev.quartet.identity.SpiffeId;
import io.grpc.Context;
import java.time.Instant;

/// Who calls, proved.
///
/// @param validUntil when the proof ends: a stream must not outlive it
public record Caller(SpiffeId id, Proof proof, Instant validUntil) {

    public enum Proof {
        CERTIFICATE,
        TOKEN
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
