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

/// What was published, in order: the newest revision for sinks, and the names of the last ones to tell how far behind a replica is.
///
/// Publishes come one at a time; reads are safe from any thread. Subscribers are called by the publisher's thread and
/// must not block.
public final class RevisionLog {
    private static final Logger LOGGER = LoggerFactory.getLogger(RevisionLog.class);
    private static final int KEPT = 1_000;

    /// @param sequence counts publishes; a revision that comes back has a new one
    /// @param changed the kinds that differ from the publish before; all for the first
    public record Published(long sequence, String id, Instant at, Set<Kind> changed) {
        public Published {
            changed = Set.copyOf(changed);
        }
    }

    private final Clock clock;
    private final List<Consumer<Revision>> subscribers = new CopyOnWriteArrayList<>();
    private final Deque<Published> past = new ArrayDeque<>();
    private volatile Revision current;
    private volatile Published newest;

    /// Starts with a first revision.
    public RevisionLog(Collection<Resource<?>> resources, Clock clock) {
        this.clock = clock;
        this.current = Revision.of(resources);
        this.newest = new Published(1, current.id(), clock.instant(), EnumSet.allOf(Kind.class));
        past.addLast(newest);
    }

    public Revision current() {
        return current;
    }

    public Published newest() {
        return newest;
    }

    /// What these resources would be published as.
    public Revision of(Collection<Resource<?>> resources) {
        return current.changedTo(resources);
    }

    /// Publishes what has changed; the same content again is no publish.
    public synchronized Revision publish(Revision revision) {
        var before = current;
        if (revision.id().equals(before.id())) {
            return before;
        }
        var changed = revision.kindsChangedFrom(before);
        newest = new Published(newest.sequence() + 1, revision.id(), clock.instant(), changed);
        current = revision;
        past.addLast(newest);
        if (past.size() > KEPT) {
            past.removeFirst();
        }
        LOGGER.atInfo()
                .addKeyValue("version", revision.id())
                .addKeyValue("kind", changed)
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
            if (published.id().equals(id)) {
                return Optional.of(published);
            }
        }
        return Optional.empty();
    }
}
