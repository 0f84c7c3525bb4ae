package dev.quartet.pilot.registry;

import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.Registry.RegisteredService;
import dev.quartet.pilot.ingest.Registry.RegisteredWorkload;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Between one registry and the mesh: who suddenly lists nothing is not believed at once.
///
/// A loss is *sudden* when, within [#AT_ONCE],
/// 1. no endpoint is left where there were some, or
/// 2. more than a share of the endpoints is gone, those that others have replaced not counted, and neither one service nor
///    one workload (a Deployment, an application) had all that are gone: that is what a person scales down.
///
/// Then what is no longer listed stays, beside what is listed, until it comes back, its service has as many endpoints as before,
/// or the grace time is over. Losses that are
/// further apart are believed: somebody told of each.
///
/// Which way to err: a request to an endpoint that is really gone fails as it would without one, since its service has lost
/// its others too; an endpoint wrongly taken away is an outage. So a registry of one service that lists nothing is held, while
/// of two services with one workload each, one may go (half is not more than half), and a loss of both is held. What is kept never has an
/// address that the registry now gives to another workload.
///
/// For one thread at a time; [#hold] from any.
final class GraceTime {
    /// Also an empty answer comes in pieces: a watch tells of each object, and inputs are taken in every 50 ms.
    static final Duration AT_ONCE = Duration.ofSeconds(10);

    private static final Logger LOGGER = LoggerFactory.getLogger(GraceTime.class);

    /// @param kept how many endpoints are there only because of it
    record Hold(Instant since, Instant until, int kept) {}

    private final String name;
    private final GraceSettings settings;
    private final Clock clock;

    /// The fullest of what was given within [#AT_ONCE].
    private Registry reference = Registry.EMPTY;

    /// When something smaller was given than the reference; null: the reference is what was given last.
    private @Nullable Instant shrunk;

    private Registry last = Registry.EMPTY;
    private volatile @Nullable Hold hold;

    GraceTime(String name, GraceSettings settings, Clock clock) {
        this.name = name;
        this.settings = settings;
        this.clock = clock;
    }

    Optional<Hold> hold() {
        return Optional.ofNullable(hold);
    }

    /// @param listed what the registry lists now
    /// @return what counts
    Registry look(Registry listed) {
        var now = clock.instant();
        var held = hold;
        if (held != null) {
            var kept = keep(listed, held.since(), held.until());
            if (now.isBefore(held.until()) && !kept.equals(listed)) {
                return kept;
            }
            release(listed, held, now);
        } else if (shrunk != null && now.isAfter(shrunk.plus(AT_ONCE))) {
            reference = last;
            shrunk = null;
        }
        if (!settings.graceTime().isZero() && isSudden(reference, listed)) {
            var until = now.plus(settings.graceTime());
            LOGGER.atWarn()
                    .addKeyValue("name", name)
                    .addKeyValue("endpointsBefore", Contents.endpoints(reference).size())
                    .addKeyValue("endpoints", Contents.endpoints(listed).size())
                    .addKeyValue("until", until)
                    .log(
                            "Registry suddenly lists much less, its last endpoints are kept for the grace time; if they are really gone, do nothing, else repair the registry before then");
            return keep(listed, now, until);
        }
        if (Contents.endpoints(listed).size() >= Contents.endpoints(reference).size()
                && listed.workloads().size() >= reference.workloads().size()) {
            reference = listed;
            shrunk = null;
        } else if (shrunk == null) {
            shrunk = now;
        }
        last = listed;
        return listed;
    }

    private void release(Registry listed, Hold held, Instant now) {
        hold = null;
        if (now.isBefore(held.until())) {
            LOGGER.atInfo()
                    .addKeyValue("name", name)
                    .addKeyValue("endpoints", Contents.endpoints(listed).size())
                    .log("Registry lists its endpoints again");
        } else {
            LOGGER.atWarn()
                    .addKeyValue("name", name)
                    .addKeyValue("endpoints", Contents.endpoints(listed).size())
                    .log(
                            "Grace time of a registry is over, endpoints that it does not list are taken away");
        }
        reference = listed;
        shrunk = null;
        last = listed;
    }

    private boolean isSudden(Registry before, Registry after) {
        var endpoints = Contents.endpoints(before);
        var left = Contents.endpoints(after);
        if (endpoints.isEmpty()) {
            return !before.workloads().isEmpty() && after.workloads().isEmpty();
        }
        if (left.isEmpty()) {
            return true;
        }
        var lost = endpoints.size() - left.size();
        if (lost * 100L <= (long) settings.lossPercent() * endpoints.size()) {
            return false;
        }
        endpoints.removeAll(left);
        return !isOne(before, endpoints);
    }

    /// Whether one service or one workload had all of them.
    private static boolean isOne(Registry before, Set<String> gone) {
        return before.services().stream()
                        .anyMatch(service -> new HashSet<>(service.members()).containsAll(gone))
                || before.workloads().stream()
                                .filter(workload -> gone.contains(workload.instance()))
                                .map(workload -> workload.namespace() + "/" + workload.name())
                                .distinct()
                                .count()
                        == 1;
    }

    private Registry keep(Registry listed, Instant since, Instant until) {
        var kept = kept(listed);
        var more = Contents.endpoints(kept);
        more.removeAll(Contents.endpoints(listed));
        hold = new Hold(since, until, more.size());
        return kept;
    }

    /// What is listed, and of the reference what is not, but of a service that has as many endpoints as before.
    private Registry kept(Registry listed) {
        var workloads = new TreeMap<String, RegisteredWorkload>();
        listed.workloads().forEach(it -> workloads.put(it.instance(), it));
        var taken =
                listed.workloads().stream()
                        .map(RegisteredWorkload::address)
                        .collect(Collectors.toSet());
        var services = new TreeMap<String, RegisteredService>();
        listed.services().forEach(it -> services.put(it.host(), it));
        var missing = new HashSet<String>();
        for (var old : reference.services()) {
            var now = services.get(old.host());
            if (now == null || now.members().size() < old.members().size()) {
                missing.addAll(old.members());
                services.put(old.host(), now == null ? old : join(now, old));
            }
        }
        var fewer = listed.workloads().size() < reference.workloads().size();
        var served = Contents.endpoints(reference);
        for (var old : reference.workloads()) {
            var now = workloads.get(old.instance());
            if (now != null) {
                if (missing.contains(old.instance())) {
                    workloads.put(old.instance(), Contents.withPorts(now, old.ports()));
                }
            } else if (!taken.contains(old.address())
                    && (missing.contains(old.instance())
                            || fewer && !served.contains(old.instance()))) {
                workloads.put(old.instance(), old);
            }
        }
        services.replaceAll((_, service) ->
                workloads.keySet().containsAll(service.members())
                        ? service
                        : Contents.withMembers(
                                service,
                                service.members().stream()
                                        .filter(workloads::containsKey)
                                        .toList()));
        return Contents.of(services, workloads);
    }

    private static RegisteredService join(RegisteredService now, RegisteredService old) {
        var members = new TreeSet<>(now.members());
        members.addAll(old.members());
        return Contents.withMembers(now, members);
    }
}
