package dev.quartet.pilot.xds;

import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.node.ProxyRefused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Who may open a stream, and whose turn it is to get its first config: so that neither a crowd that comes at once nor an
/// identity that opens streams and reads none of them takes more than its share of memory. Thread-safe.
final class Crowd {
    /// @param perIdentity streams of one service account
    /// @param unreadPerIdentity of them, those that have not read for a while: each can hold one response of a type in memory
    /// @param firstAtOnce proxies that may be on the way to their first whole config
    record Limits(int perIdentity, int unreadPerIdentity, int firstAtOnce) {
        static final Limits DEFAULT = new Limits(5_000, 100, 100);
    }

    private final Limits limits;
    private final Map<String, Set<Connection>> byIdentity = new HashMap<>();

    /// Those that have a turn, and since when.
    private final Map<Connection, Long> first = new LinkedHashMap<>();

    private final Set<Connection> waiting = new LinkedHashSet<>();

    Crowd(Limits limits) {
        this.limits = limits;
    }

    private static String identity(Proxy proxy) {
        return proxy.namespace() + "/" + proxy.serviceAccount();
    }

    /// @throws ProxyRefused when the proxy's identity has its share already
    synchronized void enter(Connection connection) throws ProxyRefused {
        var identity = identity(connection.proxy());
        var streams = byIdentity.computeIfAbsent(identity, _ -> new HashSet<>());
        if (streams.size() >= limits.perIdentity()) {
            throw ProxyRefused.tooMany(
                    "service account %s has %d streams open, no more are taken"
                            .formatted(identity, streams.size()));
        }
        var unread = streams.stream().filter(Connection::isUnread).count();
        if (unread >= limits.unreadPerIdentity()) {
            throw ProxyRefused.tooMany(
                    "service account %s has %d streams that nobody reads, no more are taken"
                            .formatted(identity, unread));
        }
        streams.add(connection);
    }

    /// The stream has ended.
    ///
    /// @return whose turn it is now
    synchronized List<Connection> leave(Connection connection) {
        var identity = identity(connection.proxy());
        var streams = byIdentity.get(identity);
        if (streams != null && streams.remove(connection) && streams.isEmpty()) {
            byIdentity.remove(identity);
        }
        waiting.remove(connection);
        return release(connection);
    }

    /// Whether the connection may be given config now; one that must wait is returned by [#release] when it is its turn.
    synchronized boolean mayStart(Connection connection, long now) {
        if (connection.hasStarted()) {
            return true;
        }
        if (first.size() >= limits.firstAtOnce()) {
            waiting.add(connection);
            return false;
        }
        waiting.remove(connection);
        first.put(connection, now);
        connection.start();
        return true;
    }

    /// The connection has its first config, or will not have it soon.
    ///
    /// @return whose turn it is now
    synchronized List<Connection> release(Connection connection) {
        return first.remove(connection) == null ? List.of() : next();
    }

    /// Ends the turns of those that began before.
    ///
    /// @return whose turn it is now
    synchronized List<Connection> endTurns(long before) {
        return first.values().removeIf(since -> since - before < 0) ? next() : List.of();
    }

    private List<Connection> next() {
        var free = limits.firstAtOnce() - first.size();
        var next = new ArrayList<Connection>();
        for (var connection : waiting) {
            if (next.size() == free) {
                break;
            }
            next.add(connection);
        }
        return next;
    }

    synchronized int waiting() {
        return waiting.size();
    }
}
