package dev.quartet.pilot.xds;

import dev.quartet.pilot.translate.ResourceSet;
import dev.quartet.pilot.translate.XdsResource;
import dev.quartet.pilot.xds.ConnectionStatus.Mark;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one proxy wants and holds of one type. Guarded by the connection's lock.
final class Subscription {
    /// A response that waits for its ACK.
    ///
    /// @param mark which response it is
    /// @param sent name to version
    /// @param before name to the version held before; a name that was not held is missing
    record Outstanding(
            Mark mark, Map<String, String> sent, Map<String, String> before, long sinceNanos) {
        String nonce() {
            return mark.nonce();
        }
    }

    /// @param error Envoy's words
    record Refused(String version, String error) {}

    /// What the proxy refused last, until a response of the type is accepted again.
    record Rejection(String nonce, String error, Set<String> names) {}

    private boolean active;
    private boolean wildcard;
    private boolean answered;
    private long nonces;
    private final Set<String> names = new LinkedHashSet<>();

    /// Names subscribed to and not answered yet, not even with "there is none".
    private final Set<String> unanswered = new LinkedHashSet<>();

    /// Name to version, as sent.
    private final Map<String, String> held = new HashMap<>();

    /// Name to the version that the proxy refused: not sent again before it changes.
    private final Map<String, Refused> refused = new HashMap<>();

    private @Nullable Outstanding outstanding;
    private boolean passedBy;
    private @Nullable Rejection rejection;
    private Mark sent = Mark.NONE;
    private Mark acked = Mark.NONE;

    /// Sets of which everything that is wanted is held, or refused; none where that is not known. Compared by reference.
    private List<ResourceSet> settled = List.of();

    /// Sets that have everything that is held or asked for; none where that is not known. Compared by reference.
    private List<ResourceSet> clean = List.of();

    boolean isActive() {
        return active;
    }

    boolean isWildcard() {
        return wildcard;
    }

    Set<String> names() {
        return names;
    }

    Map<String, String> held() {
        return held;
    }

    @Nullable Outstanding outstanding() {
        return outstanding;
    }

    @Nullable Rejection rejection() {
        return rejection;
    }

    Map<String, Refused> refused() {
        return refused;
    }

    /// The last response that went out, but for one that was refused and of which nothing is wanted any more.
    Mark sentLast() {
        return sent;
    }

    /// The last response that was accepted.
    Mark acked() {
        return acked;
    }

    void subscribe(
            List<String> subscribed,
            List<String> unsubscribed,
            Map<String, String> initialVersions) {
        var first = !active;
        active = true;
        if (first) {
            wildcard = subscribed.isEmpty();
            held.putAll(initialVersions);
        }
        for (var name : subscribed) {
            if (name.equals("*")) {
                wildcard = true;
            } else {
                names.add(name);
                unanswered.add(name);
                if (!initialVersions.containsKey(name)) {
                    held.remove(name); // asked for again: the proxy no longer has it
                }
            }
        }
        for (var name : unsubscribed) {
            if (name.equals("*")) {
                wildcard = false;
            } else {
                names.remove(name);
                unanswered.remove(name);
                held.remove(name);
                refused.remove(name);
            }
        }
        unsettle();
    }

    /// State of the world: the request names all that is wanted.
    void subscribeExactly(List<String> wanted) {
        var first = !active;
        active = true;
        if (wanted.isEmpty()) {
            wildcard = wildcard || first;
            return;
        }
        var now = new HashSet<>(wanted);
        for (var name : List.copyOf(names)) {
            if (!now.contains(name)) {
                names.remove(name);
                unanswered.remove(name);
                held.remove(name);
                refused.remove(name);
            }
        }
        for (var name : wanted) {
            if (names.add(name)) {
                unanswered.add(name);
                unsettle();
            }
        }
    }

    boolean wants(String name) {
        return wildcard || names.contains(name);
    }

    /// True when this very version is neither held nor known to be refused. Once it is what the proxy holds, it does not matter any more
    /// that the proxy refused another.
    boolean lacks(XdsResource resource) {
        if (resource.version().equals(held.get(resource.name()))) {
            if (!refused.isEmpty()
                    && refused.remove(resource.name()) != null
                    && refused.isEmpty()) {
                rejection = null;
                if (outstanding == null) {
                    sent = acked; // what was refused is no longer wanted
                }
            }
            return false;
        }
        var known = refused.get(resource.name());
        return known == null || !resource.version().equals(known.version());
    }

    boolean needsFirstAnswer() {
        return active && !answered;
    }

    /// Names subscribed to and not answered yet.
    Set<String> unanswered() {
        return unanswered;
    }

    String nextNonce() {
        nonces++;
        return Long.toString(nonces);
    }

    void sent(Mark mark, List<XdsResource> changed, List<String> removed, long nowNanos) {
        var versions = new HashMap<String, String>(changed.size() * 2);
        var before = new HashMap<String, String>();
        for (var resource : changed) {
            versions.put(resource.name(), resource.version());
            var old = held.put(resource.name(), resource.version());
            if (old != null) {
                before.put(resource.name(), old);
            }
            refused.remove(resource.name());
            unanswered.remove(resource.name());
        }
        for (var name : removed) {
            held.remove(name);
            refused.remove(name);
            unanswered.remove(name);
        }
        answered = true;
        passedBy = false;
        unsettle(); // what is held is not what these sets say
        sent = mark;
        outstanding = new Outstanding(mark, versions, before, nowNanos);
    }

    /// @return false when the nonce is not that of the outstanding response: an old answer, which says nothing
    boolean accept(String nonce) {
        var waiting = outstanding;
        if (waiting == null || !waiting.nonce().equals(nonce)) {
            return false;
        }
        acked = waiting.mark();
        outstanding = null;
        passedBy = false;
        if (rejection != null && refused.isEmpty()) {
            rejection = null;
        }
        return true;
    }

    /// Envoy applies the good resources of a response and names the bad ones in its error; what it names (or all,
    /// when it names none) counts as refused, and what it held of them before stays in force.
    ///
    /// @return the refused names; null when the nonce is stale
    @Nullable Set<String> reject(String nonce, String error) {
        var waiting = outstanding;
        if (waiting == null || !waiting.nonce().equals(nonce)) {
            return null;
        }
        outstanding = null;
        passedBy = false;
        var named = new LinkedHashSet<String>();
        for (var name : waiting.sent().keySet()) {
            if (error.contains(name)) {
                named.add(name);
            }
        }
        if (named.isEmpty()) {
            named.addAll(waiting.sent().keySet());
        }
        for (var name : named) {
            refused.put(name, new Refused(waiting.sent().getOrDefault(name, ""), error));
            var old = waiting.before().get(name);
            if (old == null) {
                held.remove(name);
            } else {
                held.put(name, old);
            }
        }
        rejection = new Rejection(nonce, error, named);
        unsettle();
        return named;
    }

    /// The proxy took longer than it may; others no longer wait for it.
    boolean passBy(long nowNanos, long limitNanos) {
        var waiting = outstanding;
        if (waiting != null && !passedBy && nowNanos - waiting.sinceNanos() > limitNanos) {
            passedBy = true;
            return true;
        }
        return false;
    }

    boolean isPassedBy() {
        return passedBy;
    }

    /// The proxy holds this name and has said so, or is so late that nobody waits any more.
    boolean isInForce(String name) {
        if (!held.containsKey(name)) {
            return false;
        }
        var waiting = outstanding;
        return waiting == null
                || !waiting.sent().containsKey(name)
                || waiting.before().containsKey(name)
                || passedBy;
    }

    /// Names that the proxy has, or may have although it refused the response they came in.
    private Set<String> possiblyHeld() {
        var names = new LinkedHashSet<>(held.keySet());
        names.addAll(refused.keySet());
        return names;
    }

    /// Everything of these sets that is wanted is held, or refused.
    boolean isSettled(List<ResourceSet> sets) {
        return same(settled, sets);
    }

    /// The proxy holds everything of these sets and has said so.
    boolean hasAll(List<ResourceSet> sets) {
        return wildcard && outstanding == null && refused.isEmpty() && isSettled(sets);
    }

    void settle(List<ResourceSet> sets) {
        settled = List.copyOf(sets);
    }

    /// Nothing is held, or asked for without an answer, that these sets do not have.
    boolean isClean(List<ResourceSet> sets) {
        return same(clean, sets);
    }

    void cleaned(List<ResourceSet> sets) {
        clean = List.copyOf(sets);
    }

    private void unsettle() {
        settled = List.of();
        clean = List.of();
    }

    /// Of these sets what may be lacking: what is new since the sets that were settled.
    Iterable<XdsResource> unsettled(List<ResourceSet> sets) {
        if (settled.size() != sets.size()) {
            return () -> sets.stream().flatMap(set -> set.all().stream()).iterator();
        }
        var changed = new ArrayList<XdsResource>();
        for (int i = 0; i < sets.size(); i++) {
            if (settled.get(i) != sets.get(i)) {
                changed.addAll(sets.get(i).since(settled.get(i)).changed());
            }
        }
        return changed;
    }

    /// Names that are held or asked for, and that these sets may not have.
    Set<String> unclean(List<ResourceSet> sets) {
        if (clean.size() != sets.size()) {
            var names = possiblyHeld();
            names.addAll(unanswered);
            return names;
        }
        var removed = new LinkedHashSet<String>();
        for (int i = 0; i < sets.size(); i++) {
            if (clean.get(i) != sets.get(i)) {
                removed.addAll(sets.get(i).since(clean.get(i)).removed());
            }
        }
        removed.removeIf(name -> !has(name));
        return removed;
    }

    private boolean has(String name) {
        return held.containsKey(name) || refused.containsKey(name) || unanswered.contains(name);
    }

    private static boolean same(List<ResourceSet> known, List<ResourceSet> sets) {
        if (known.size() != sets.size()) {
            return false;
        }
        for (int i = 0; i < sets.size(); i++) {
            if (known.get(i) != sets.get(i)) {
                return false;
            }
        }
        return true;
    }
}
