package dev.quartet.galley.status;

import dev.quartet.config.Kind;
import dev.quartet.galley.snapshot.RevisionLog;
import dev.quartet.wire.status.ResourceProgress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Sums the reports up for one revision.
///
/// A replica counts for a revision when it works with it or with a later one, since that holds all that came before.
/// m is the proxies connected to all Pilots, n those that have ACKed all that the revision changes for them. A revision
/// is in force when there is a Pilot, all Pilots have it, n = m, and every Mixer has it; where it changes a kind of
/// Mixer's there must be a Mixer too. Thread-safe.
public final class StatusTable {
    private static final Set<Kind> OF_MIXER = EnumSet.of(Kind.RULE, Kind.HANDLER, Kind.INSTANCE);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

    private final ReportBoard board;
    private final RevisionLog log;
    private final Clock clock;

    public StatusTable(ReportBoard board, RevisionLog log, Clock clock) {
        this.board = board;
        this.log = log;
        this.clock = clock;
        log.subscribe(ignored -> board.touch());
    }

    /// @param atMost how long to wait
    /// @return the status in which the revision is in force, or the one when the time was up
    public RevisionStatus await(String revision, Duration atMost) throws InterruptedException {
        var end = System.nanoTime() + atMost.toNanos();
        while (true) {
            var seen = board.changes();
            var status = of(revision);
            var left = Duration.ofNanos(end - System.nanoTime());
            if (status.inForce() || !left.isPositive()) {
                return status;
            }
            // Looks again by itself as well: entries expire without a change.
            board.awaitChange(seen, left.compareTo(LOOK_AGAIN) < 0 ? left : LOOK_AGAIN);
        }
    }

    public RevisionStatus of(String revision) {
        var published = log.find(revision);
        var entries = board.live();
        var now = clock.instant();
        var waiting = new ArrayList<String>();
        if (published.isEmpty()) {
            waiting.add("galley does not know this revision");
        }
        var components = new ArrayList<RevisionStatus.ComponentStatus>();
        for (var component : Component.values()) {
            var replicas = new ArrayList<RevisionStatus.ReplicaStatus>();
            for (var entry : entries) {
                if (entry.component() == component) {
                    var report = entry.report();
                    var has = published.isPresent() && has(report.getRevision(), published.get());
                    replicas.add(
                            new RevisionStatus.ReplicaStatus(
                                    report.getReplica(),
                                    report.getRevision(),
                                    has,
                                    Duration.between(entry.at(), now).toMillis() / 1000.0,
                                    report.getProxiesInForce(),
                                    report.getProxiesConnected()));
                    if (!has && published.isPresent() && component != Component.CITADEL) {
                        waiting.add(
                                component.label()
                                        + " "
                                        + report.getReplica()
                                        + " is at another revision");
                    }
                }
            }
            components.add(
                    new RevisionStatus.ComponentStatus(
                            component.label(),
                            !replicas.isEmpty(),
                            !replicas.isEmpty()
                                    && replicas.stream()
                                            .allMatch(RevisionStatus.ReplicaStatus::current),
                            replicas));
        }
        if (!components.get(Component.PILOT.ordinal()).reported()) {
            waiting.add("no pilot reports");
        }
        if (!components.get(Component.MIXER.ordinal()).reported()
                && published.isPresent()
                && published.get().changed().stream().anyMatch(OF_MIXER::contains)) {
            waiting.add("no mixer reports, and the revision changes rules, handlers or instances");
        }
        var proxies = proxies(components.get(Component.PILOT.ordinal()));
        if (proxies.inForce() < proxies.connected()) {
            waiting.add(
                    "%d of %d proxies have not taken it yet"
                            .formatted(
                                    proxies.connected() - proxies.inForce(), proxies.connected()));
        }
        return new RevisionStatus(
                revision,
                published.isPresent(),
                published.map(RevisionLog.Published::at).orElse(null),
                log.current().id(),
                waiting.isEmpty(),
                proxies,
                proxies.text(),
                waiting,
                components,
                lagging(entries),
                rejections(entries),
                problems(entries));
    }

    private boolean has(String reported, RevisionLog.Published wanted) {
        return log.find(reported).filter(it -> it.sequence() >= wanted.sequence()).isPresent();
    }

    private static RevisionStatus.Proxies proxies(RevisionStatus.ComponentStatus pilots) {
        var inForce = 0;
        var connected = 0;
        for (var pilot : pilots.replicas()) {
            connected += pilot.proxiesConnected();
            inForce += pilot.current() ? pilot.proxiesInForce() : 0;
        }
        return new RevisionStatus.Proxies(inForce, connected);
    }

    /// A resource that one Pilot does not list is in force on all of that Pilot's proxies.
    private static List<RevisionStatus.Lagging> lagging(List<ReportBoard.Entry> entries) {
        record Name(String kind, String namespace, String name) {}
        var connected =
                entries.stream().mapToInt(entry -> entry.report().getProxiesConnected()).sum();
        Map<Name, Integer> missing = new LinkedHashMap<>();
        for (var entry : entries) {
            for (ResourceProgress progress : entry.report().getLaggingList()) {
                missing.merge(
                        new Name(progress.getKind(), progress.getNamespace(), progress.getName()),
                        Math.max(0, progress.getConnected() - progress.getInForce()),
                        Integer::sum);
            }
        }
        var lagging = new ArrayList<RevisionStatus.Lagging>();
        missing.forEach((name, count) ->
                lagging.add(
                        new RevisionStatus.Lagging(
                                name.kind(),
                                name.namespace(),
                                name.name(),
                                Math.max(0, connected - count),
                                connected)));
        lagging.sort(
                Comparator.comparing(RevisionStatus.Lagging::kind)
                        .thenComparing(RevisionStatus.Lagging::namespace)
                        .thenComparing(RevisionStatus.Lagging::name));
        return lagging;
    }

    private static List<RevisionStatus.Rejection> rejections(List<ReportBoard.Entry> entries) {
        var rejections = new ArrayList<RevisionStatus.Rejection>();
        for (var entry : entries) {
            for (var rejection : entry.report().getRejectionsList()) {
                rejections.add(
                        new RevisionStatus.Rejection(
                                entry.report().getReplica(),
                                rejection.getProxy(),
                                rejection.getType(),
                                rejection.getError()));
            }
        }
        return rejections;
    }

    private static List<RevisionStatus.ReplicaProblem> problems(List<ReportBoard.Entry> entries) {
        var problems = new ArrayList<RevisionStatus.ReplicaProblem>();
        for (var entry : entries) {
            for (var problem : entry.report().getProblemsList()) {
                problems.add(
                        new RevisionStatus.ReplicaProblem(
                                entry.component().label(), entry.report().getReplica(), problem));
            }
        }
        return problems;
    }
}
