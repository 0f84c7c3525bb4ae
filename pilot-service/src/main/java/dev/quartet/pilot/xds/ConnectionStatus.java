package dev.quartet.pilot.xds;

import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.translate.XdsType;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What a proxy holds at one moment.
///
/// @param protocol `delta` or `sotw`
public record ConnectionStatus(
        Proxy proxy,
        String protocol,
        Instant connectedAt,
        Progress progress,
        SortedMap<XdsType, TypeStatus> types) {

    /// Envoy's words for its last refusal, by type.
    public Map<XdsType, String> errors() {
        return progress.errors();
    }

    public State state() {
        return progress.state();
    }

    public String revisionInForce() {
        return progress.revisionInForce();
    }

    /// How far a proxy has come: the part of its status that is cheap to ask for.
    ///
    /// @param revisionInForce the newest config revision of which the proxy has ACKed all that concerns it; empty before
    ///     the first
    /// @param errors Envoy's words for its last refusal, by type
    public record Progress(
            Proxy proxy, State state, String revisionInForce, Map<XdsType, String> errors) {}

    /// The words of `istioctl proxy-status`.
    public enum State {
        SYNCED,
        STALE,
        NACKED
    }

    /// @param versions name to version of what was sent and not refused
    /// @param waiting a response waits for its ACK
    /// @param error Envoy's words for its last refusal, until it accepts something again
    public record TypeStatus(
            int count,
            Map<String, String> versions,
            boolean waiting,
            @Nullable String error,
            Set<String> refused) {}
}
