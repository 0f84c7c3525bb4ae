package dev.quartet.pilot.xds;

import dev.quartet.pilot.translate.XdsResource;
import dev.quartet.pilot.translate.XdsType;
import io.grpc.Status;
import java.util.List;
import java.util.Set;

/// One stream's way of saying "these changed, these are gone": delta ADS as it is, or state of the world.
/// Called under the connection's lock only.
interface Wire {
    /// @return whether an ACK will come; false when this form has no words for it, so that nothing went out
    boolean send(
            XdsType type,
            String nonce,
            String revision,
            List<XdsResource> changed,
            List<String> removed);

    /// The proxy refused these: what it holds of them is what it held before.
    void refused(XdsType type, Set<String> names);

    /// False while the peer doesn't read: nothing more is queued then.
    boolean isReady();

    void close(Status status);
}
