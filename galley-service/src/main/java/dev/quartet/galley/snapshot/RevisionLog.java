package dev.quartet.galley.snapshot;

import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What was published, in order: the newest revision for sinks, and the last ones to tell how far behind a replica is.
///
/// Publishes come one at a time; reads are safe from any thread. Subscribers are called by the publisher's thread and
/// must not block.
public final class RevisionLog {
    private static final Logger LOGGER = LoggerFactory.getLogger(RevisionLog.class);
    private static final int KEPT = 200;

    /// @param sequence counts publishes; a revision that comes back has a new one
    public record Published(long sequence, Revision revision, Instant at) {}

    private final Clock clock;
    private final List<Consumer<Revision>> subscribers = new CopyOnWriteArrayList<>();
    private final Deque<Published> past = new ArrayDeque<>();
    private volatile Published newest;

    /// Starts with a first revision.
    public RevisionLog(Collection<Resource<?>> resources, Clock clock) {
        this.clock = clock;
        this.newest = new Published(1, Revision.of(resources, null), clock.instant());
        past.addLast(newest);
    }

    public Revision current() {
        return newest.revision();
    }

    public Published newest() {
        return newest;
    }

    /// The id that these resources would be published under.
    public String idOf(Collection<Resource<?>> resources) {
        return Revision.of(resources, current()).id();
    }

    /// Publishes what has changed; the same content again is no publish.
    public synchronized Revision publish(Collection<Resource<?>> resources) {
        var before = newest;
        var revision = Revision.of(resources, before.revision());
        if (revision.id().equals(before.revision().id())) {
            return before.revision();
        }
        newest = new Published(before.sequence() + 1, revision, clock.instant());
        past.addLast(newest);
        if (past.size() > KEPT) {
            past.removeFirst();
        }
        LOGGER.atInfo()
                .addKeyValue("version", revision.id())
                .addKeyValue("kind", revision.kindsChangedFrom(before.revision()))
                .log("Published a revision");
        subscribers.forEach(subscriber -> subscriber.accept(revision));
        return revision;
    }

    public void subscribe(Consumer<Revision> subscriber) {
        subscribers.add(subscriber);
    }

    /// The latest publish of a revision, if it is remembered.
    public synchronized Optional<Published> find(String id) {
        for (var all = past.descendingIterator(); all.hasNext(); ) {
            var published = all.next();
            if (published.revision().id().equals(id)) {
                return Optional.of(published);
            }
        }
        return Optional.empty();
    }

    /// The kinds that a publish changed against the one before; all when that is not remembered.
    public synchronized Set<Kind> changedBy(Published published) {
        return past.stream()
                .filter(earlier -> earlier.sequence() == published.sequence() - 1)
                .findFirst()
                .map(earlier -> published.revision().kindsChangedFrom(earlier.revision()))
                .orElse(EnumSet.allOf(Kind.class));
    }
}
