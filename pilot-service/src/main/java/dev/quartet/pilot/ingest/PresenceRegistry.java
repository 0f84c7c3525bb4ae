package dev.quartet.pilot.ingest;

import dev.quartet.identity.PrivateFiles;
import dev.quartet.pilot.node.Place;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.node.ProxyListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Workloads that register themselves: one per connected proxy that names a group.
///
/// Endpoints must not vanish because Pilot was away. A workload stays for [#GONE_AFTER] after its stream ends, so that a
/// reconnect changes nothing. The list lies on disk, and after a restart its workloads get [#RETURN_WITHIN] to come
/// back. Without a list on disk nobody knows who is missing: the list is incomplete until no proxy has come for
/// [#QUIET], and for no longer than [#RETURN_WITHIN] after the first. Thread-safe.
public final class PresenceRegistry implements ProxyListener, AutoCloseable {
    public static final Duration GONE_AFTER = Duration.ofSeconds(10);
    public static final Duration RETURN_WITHIN = Duration.ofSeconds(40);

    /// Longer than Envoy's longest pause between two attempts to connect (3 s, see envoy-bootstrap).
    public static final Duration QUIET = Duration.ofSeconds(5);

    private static final Logger LOGGER = LoggerFactory.getLogger(PresenceRegistry.class);
    private static final String FORMAT = "quartet-presences 1";
    private static final int MAX_FILE_BYTES = 64 << 20;

    /// @param streams open streams of the instance; more than one for a moment when a proxy reconnects
    private record Entry(Presence presence, int streams, long generation) {}

    private final Path file;
    private final Runnable changed;
    private final Duration quietTime;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("pilot-presences").factory());
    private final Map<String, Entry> entries = new HashMap<>();
    private Presences current = new Presences(List.of(), false);
    private boolean complete;
    private @Nullable ScheduledFuture<?> quiet;
    private long generations;
    private boolean savePlanned;

    /// @param changed called after each change of the list; must not block
    public PresenceRegistry(Path stateDir, Runnable changed) throws IOException {
        this(stateDir, changed, QUIET);
    }

    PresenceRegistry(Path stateDir, Runnable changed, Duration quietTime) throws IOException {
        this.file = PrivateFiles.folder(stateDir).resolve("presences");
        this.changed = changed;
        this.quietTime = quietTime;
        var known = load();
        complete = known != null;
        for (var presence : known == null ? List.<Presence>of() : known) {
            var entry = new Entry(presence, 0, ++generations);
            entries.put(presence.instance(), entry);
            forgetLater(entry, RETURN_WITHIN);
        }
        refresh();
    }

    public synchronized Presences presences() {
        return current;
    }

    @Override
    public void connected(Proxy proxy) {
        awaitQuiet();
        var group = proxy.group();
        if (group == null) {
            return;
        }
        var presence = Presence.of(proxy, group);
        boolean isNew;
        synchronized (this) {
            var old = entries.get(proxy.instance());
            entries.put(
                    proxy.instance(),
                    new Entry(presence, old == null ? 1 : old.streams() + 1, ++generations));
            isNew = old == null || !old.presence().equals(presence);
            if (isNew) {
                refresh();
            }
        }
        if (isNew) {
            changed.run();
        }
    }

    private synchronized void awaitQuiet() {
        if (complete) {
            return;
        }
        if (quiet == null) {
            LOGGER.atInfo().log(
                    "There is no list of workloads on disk, proxies with config keep it until all can be back");
            timer.schedule(this::complete, RETURN_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } else {
            quiet.cancel(false);
        }
        quiet = timer.schedule(this::complete, quietTime.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void complete() {
        synchronized (this) {
            if (complete) {
                return;
            }
            complete = true;
            refresh();
        }
        changed.run();
    }

    @Override
    public synchronized void disconnected(Proxy proxy) {
        var old = entries.get(proxy.instance());
        if (old == null) {
            return;
        }
        var entry = new Entry(old.presence(), Math.max(0, old.streams() - 1), ++generations);
        entries.put(proxy.instance(), entry);
        if (entry.streams() == 0) {
            forgetLater(entry, GONE_AFTER);
        }
    }

    private void forgetLater(Entry entry, Duration after) {
        timer.schedule(() -> forget(entry), after.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Does nothing when the proxy has come back since.
    private void forget(Entry entry) {
        synchronized (this) {
            var now = entries.get(entry.presence().instance());
            if (now == null || now.generation() != entry.generation()) {
                return;
            }
            entries.remove(entry.presence().instance());
            refresh();
        }
        LOGGER.atInfo()
                .addKeyValue("name", entry.presence().workload())
                .addKeyValue("namespace", entry.presence().namespace())
                .log("Workload is gone");
        changed.run();
    }

    private synchronized void refresh() {
        current =
                new Presences(
                        entries.values().stream().map(Entry::presence).sorted().toList(), complete);
        // what is not complete must not look as if it were, to the next start
        if (complete && !savePlanned && !timer.isShutdown()) {
            savePlanned = true;
            timer.schedule(this::save, 100, TimeUnit.MILLISECONDS);
        }
    }

    private void save() {
        var text = new StringBuilder(FORMAT).append('\n');
        synchronized (this) {
            savePlanned = false;
            for (var presence : current.all()) {
                text.append(
                        String.join(
                                "\t",
                                presence.instance(),
                                presence.namespace(),
                                presence.group(),
                                presence.workload(),
                                presence.address(),
                                presence.serviceAccount(),
                                oneField(presence.place().locality()),
                                oneField(presence.place().network())));
                text.append('\n');
            }
        }
        try {
            PrivateFiles.write(file, text.toString());
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", file)
                    .addKeyValue("error", e.getMessage())
                    .log(
                            "Cannot save the registered workloads, a restart would start without them");
        }
    }

    /// @return null when there is no list
    private @Nullable List<Presence> load() throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        var lines =
                new String(PrivateFiles.read(file, MAX_FILE_BYTES), StandardCharsets.UTF_8)
                        .split("\n");
        if (!lines[0].equals(FORMAT)) {
            throw new IOException(
                    "%s starts with \"%s\", this version reads \"%s\"; move it away to start without it"
                            .formatted(file, lines[0], FORMAT));
        }
        return java.util.Arrays.stream(lines)
                .skip(1)
                .map(PresenceRegistry::parse)
                .filter(java.util.Objects::nonNull)
                .toList();
    }

    private static @Nullable Presence parse(String line) {
        var fields = line.split("\t", -1);
        if (fields.length != 6 && fields.length != 8) {
            return null;
        }
        return new Presence(
                fields[0],
                fields[1],
                fields[2],
                fields[3],
                fields[4],
                fields[5],
                // a list of an earlier version has no places; its proxies say them when they are
                // back
                fields.length == 6 ? Place.UNKNOWN : Place.of(fields[6], fields[7]));
    }

    /// The only ones of a proxy's words that may hold any sign.
    private static String oneField(String text) {
        return text.replaceAll("[\t\n]", " ");
    }

    @Override
    public void close() {
        timer.shutdownNow();
        if (presences().complete()) {
            save();
        }
    }
}
