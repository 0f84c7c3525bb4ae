package dev.quartet.pilot.xds;

import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.translate.XdsType;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// How a proxy stands at one moment.
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
    /// @param waiting types of which a response waits for its ACK
    /// @param refusals what it refuses, by type
    public record Progress(
            Proxy proxy,
            State state,
            String revisionInForce,
            Set<XdsType> waiting,
            Map<XdsType, Refusal> refusals) {

        /// Envoy's words for its last refusal, by type.
        public Map<XdsType, String> errors() {
            var errors = new EnumMap<XdsType, String>(XdsType.class);
            refusals.forEach((type, refusal) -> errors.put(type, refusal.error()));
            return errors;
        }
    }

    /// What a proxy refuses of a type, until it accepts another version of it.
    ///
    /// @param error Envoy's words for the last of it
    /// @param names each refused resource and Envoy's words for it
    public record Refusal(String error, SortedMap<String, String> names) {}

    /// The words of `istioctl proxy-status`.
    public enum State {
        SYNCED,
        STALE,
        NACKED
    }

    /// One response of a type.
    ///
    /// @param revision of the config that it was made from
    /// @param nonce its number on the stream
    public record Mark(String revision, String nonce) {
        /// There was none yet.
        public static final Mark NONE = new Mark("", "");
    }

    /// @param count resources that were sent and not refused
    /// @param sent the last response, but for one that was refused and of which nothing is wanted any more
    /// @param acked the last response that was accepted
    /// @param unacked how many of these wait for their ACK
    /// @param waiting for how long the last response has waited for its ACK; null: it does not
    public record TypeStatus(
            int count, int unacked, Mark sent, Mark acked, @Nullable Duration waiting) {}
}
