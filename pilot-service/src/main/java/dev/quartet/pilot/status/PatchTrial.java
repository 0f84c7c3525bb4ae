package dev.quartet.pilot.status;

import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.patch.PatchId;
import dev.quartet.pilot.translate.XdsType;
import dev.quartet.pilot.xds.ConnectionStatus;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds out which patches of EnvoyFilters proxies refuse, so that they are left out and all others stay in force.
///
/// What a proxy refuses may have been changed by several patches. Then all of them are left out at once, so that the proxy takes what
/// there is without them, and come in again one at a time: who is refused again is the one. It is left out until its EnvoyFilter
/// changes. Thread-safe.
public final class PatchTrial implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(PatchTrial.class);

    /// Between two looks while something is on trial.
    private static final Duration PACE = Duration.ofMillis(20);

    /// What it asks of the config that proxies are given.
    public interface Patched {
        /// The patches that did something to what a proxy gets.
        List<PatchId> in(Proxy proxy, XdsType type, String name);

        /// The version of an EnvoyFilter; null when it is no more.
        @Nullable String version(PatchId patch);
    }

    /// Why a patch is left out.
    ///
    /// @param version of its EnvoyFilter
    private record Verdict(String version, String proxy, XdsType type, String name, String error) {}

    private final Supplier<List<ConnectionStatus.Progress>> proxies;
    private final BooleanSupplier quiet;
    private final Patched patched;
    private final Runnable changed;
    private final Map<PatchId, Verdict> refused = new ConcurrentHashMap<>();

    /// Left out without proof so far.
    private final Map<PatchId, String> suspects = new ConcurrentHashMap<>();

    private final Deque<PatchId> waiting = new ArrayDeque<>();

    /// What was refused with the suspects in it.
    private final Set<String> names = new HashSet<>();

    private @Nullable PatchId onTrial;
    private volatile Set<PatchId> given = Set.of();
    private final Thread thread;
    private volatile boolean closed;

    /// @param quiet whether proxies have been sent all that they are given now, as far as they take it
    /// @param changed told when other patches are to be left out
    public PatchTrial(
            Supplier<List<ConnectionStatus.Progress>> proxies,
            BooleanSupplier quiet,
            Patched patched,
            Runnable changed) {
        this.proxies = proxies;
        this.quiet = quiet;
        this.patched = patched;
        this.changed = changed;
        this.thread = Thread.ofPlatform().daemon().name("pilot-patches").start(this::run);
    }

    /// A proxy has refused something, or come further. Never blocks.
    public void moved() {
        LockSupport.unpark(thread);
    }

    /// Proxies are given config without these from now on. Never blocks.
    public void given(Set<PatchId> without) {
        given = Set.copyOf(without);
        moved();
    }

    /// The patches to leave out, each with the version of its EnvoyFilter that it is left out of.
    public Map<PatchId, String> leftOut() {
        var all = new HashMap<>(suspects);
        refused.forEach((patch, verdict) -> all.put(patch, verdict.version()));
        return all;
    }

    /// What is left out because a proxy has refused it.
    public Collection<Problem> problems() {
        var problems = new ArrayList<Problem>();
        refused.forEach((patch, verdict) ->
                problems.add(
                        new Problem(
                                Reason.PATCH_NOT_IN_FORCE,
                                patch.filter(),
                                null,
                                patch.path(),
                                "%s refuses %s \"%s\" with it: %s"
                                        .formatted(
                                                verdict.proxy(),
                                                verdict.type().label(),
                                                verdict.name(),
                                                verdict.error()),
                                "correct what Envoy names; the patch is left out until then, the others are in force")));
        return problems;
    }

    private void run() {
        while (!closed) {
            var more = look();
            if (more) {
                LockSupport.parkNanos(this, PACE.toNanos());
            } else {
                LockSupport.park(this);
            }
        }
    }

    /// @return whether to look again soon
    private boolean look() {
        if (forgetOtherVersions()) {
            changed.run();
            return true;
        }
        if (!leftOut().keySet().equals(given) || !quiet.getAsBoolean()) {
            return true; // proxies have not got yet what was found out before
        }
        var all = proxies.get();
        for (var proxy : all) {
            if (judge(proxy)) {
                changed.run();
                return true;
            }
        }
        if (onTrial == null && waiting.isEmpty()) {
            return false;
        }
        if (all.stream().anyMatch(proxy -> !proxy.waiting().isEmpty() || refusesOneOf(proxy))) {
            return true;
        }
        onTrial = waiting.poll();
        if (onTrial == null) {
            names.clear();
            return false;
        }
        suspects.remove(onTrial);
        changed.run();
        return true;
    }

    /// Without its patches yet, or for another reason.
    private boolean refusesOneOf(ConnectionStatus.Progress proxy) {
        return proxy.refusals().values().stream()
                .anyMatch(refusal -> refusal.names().keySet().stream().anyMatch(names::contains));
    }

    private boolean forgetOtherVersions() {
        var before = leftOut().size();
        refused.entrySet()
                .removeIf(it -> !it.getValue().version().equals(patched.version(it.getKey())));
        suspects.entrySet().removeIf(it -> !it.getValue().equals(patched.version(it.getKey())));
        waiting.retainAll(suspects.keySet());
        return leftOut().size() != before;
    }

    /// @return whether something is left out from now on
    private boolean judge(ConnectionStatus.Progress proxy) {
        for (var refusal : proxy.refusals().entrySet()) {
            for (var one : refusal.getValue().names().entrySet()) {
                var type = refusal.getKey();
                var name = one.getKey();
                var in = new ArrayList<>(patched.in(proxy.proxy(), type, name));
                in.removeAll(leftOut().keySet());
                var guilty = guilty(in);
                if (guilty.isPresent()) {
                    var patch = guilty.get();
                    refuse(
                            patch,
                            new Verdict(
                                    version(patch),
                                    proxy.proxy().instance(),
                                    type,
                                    name,
                                    one.getValue()));
                    return true;
                }
                if (!in.isEmpty()) {
                    in.forEach(patch -> suspects.put(patch, version(patch)));
                    waiting.addAll(in);
                    names.add(name);
                    return true;
                }
            }
        }
        return false;
    }

    private Optional<PatchId> guilty(List<PatchId> in) {
        return in.size() == 1
                ? Optional.of(in.getFirst())
                : Optional.ofNullable(onTrial).filter(in::contains);
    }

    private String version(PatchId patch) {
        return Objects.requireNonNullElse(patched.version(patch), "");
    }

    private void refuse(PatchId patch, Verdict verdict) {
        refused.put(patch, verdict);
        if (patch.equals(onTrial)) {
            onTrial = null;
        }
        LOGGER.atWarn()
                .addKeyValue("resource", patch.filter())
                .addKeyValue("field", patch.path().text())
                .addKeyValue("proxy", verdict.proxy())
                .addKeyValue("type", verdict.type().label())
                .addKeyValue("name", verdict.name())
                .addKeyValue("error", verdict.error())
                .log("A proxy refuses a patch, it is left out");
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
