package dev.quartet.pilot.kube;

import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.kube.ClusterMetrics.State;
import dev.quartet.pilot.kube.RemoteClusters.Connection;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One remote cluster. Changed by one thread, read by any.
final class RemoteCluster implements AutoCloseable {
    final String name;

    /// What was tried last, good or bad; a secret.
    @Nullable String kubeconfig;

    /// When the connection was made.
    volatile Instant since;

    /// Why [#kubeconfig] cannot be used.
    volatile @Nullable String fault;

    /// Nothing is waited for since it was counted.
    volatile boolean counted;

    private volatile @Nullable Connection connection;

    /// Counts until [#connection] is known whole.
    private volatile @Nullable Connection old;

    RemoteCluster(String name, Instant since) {
        this.name = name;
        this.since = since;
    }

    boolean hasConnection() {
        return connection != null;
    }

    boolean isReplaced() {
        return old != null;
    }

    void replace(Connection next) {
        var before = connection;
        if (old == null) {
            old = before;
        } else if (before != null) {
            before.close(); // it never was whole
        }
        connection = next;
        counted = false;
    }

    void settle() {
        var now = connection;
        var before = old;
        if (before != null && now != null && now.registry().isWhole()) {
            old = null;
            before.close();
        }
    }

    Optional<Registry> registry() {
        var now = connection;
        var before = old;
        var known = now == null ? Optional.<Registry>empty() : now.registry().registry();
        return known.isEmpty() && before != null ? before.registry().registry() : known;
    }

    State state() {
        var now = connection;
        if (fault != null) {
            return State.FAULTY;
        }
        return now != null && now.registry().isWhole() ? State.SYNCED : State.WAITING;
    }

    Optional<String> trouble() {
        var now = connection;
        return Optional.ofNullable(fault)
                .map(it -> "its kubeconfig cannot be used: " + it)
                .or(() -> now == null ? Optional.empty() : now.registry().member().trouble().get());
    }

    /// For people.
    Map<String, Object> status() {
        var facts = new LinkedHashMap<String, Object>();
        facts.put("state", state().name());
        var now = connection;
        if (now != null) {
            facts.putAll(now.registry().status());
        }
        var wrong = fault;
        if (wrong != null) {
            facts.put("kubeconfig", wrong);
        }
        return facts;
    }

    @Override
    public void close() {
        for (var each : new Connection[] {connection, old}) {
            if (each != null) {
                each.close();
            }
        }
    }
}
