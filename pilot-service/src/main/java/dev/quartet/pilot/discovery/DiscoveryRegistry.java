package dev.quartet.pilot.discovery;

import dev.quartet.pilot.ingest.Registry;
import dev.quartet.pilot.ingest.RegistrySource;
import dev.quartet.pilot.registry.Member;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;

/// Asks one discovery client, by an interval and when it says that it has news, on a thread of its own. A client that
/// fails, even for one service, changes nothing: the last whole answer stays. Thread-safe.
public final class DiscoveryRegistry implements RegistrySource, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(DiscoveryRegistry.class);

    private final DiscoveryClient client;
    private final Dialect dialect;
    private final DiscoverySettings settings;
    private final Runnable changed;
    private final Complaints complaints;
    private final ScheduledThreadPoolExecutor thread;
    private final AtomicBoolean news = new AtomicBoolean();
    private volatile @Nullable Registry known;
    private volatile @Nullable String error;
    private @Nullable String toldTrouble;

    /// Starts to ask.
    ///
    /// @param changed called when the content has changed; must not block
    public DiscoveryRegistry(
            DiscoveryClient client, Dialect dialect, DiscoverySettings settings, Runnable changed) {
        this.client = client;
        this.dialect = dialect;
        this.settings = settings;
        this.changed = changed;
        this.complaints = new Complaints(dialect.name());
        this.thread =
                new ScheduledThreadPoolExecutor(
                        1,
                        Thread.ofPlatform()
                                .daemon()
                                .name("pilot-discovery-" + dialect.name())
                                .factory());
        var _ =
                thread.scheduleWithFixedDelay(
                        this::ask, 0, settings.interval().toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public Optional<Registry> registry() {
        return Optional.ofNullable(known);
    }

    public Member member() {
        return new Member(dialect.name(), this, this::trouble);
    }

    private Optional<String> trouble() {
        return Optional.ofNullable(error).or(dialect::trouble);
    }

    /// The client has news; never blocks.
    public void hasNews() {
        if (news.compareAndSet(false, true)) {
            try {
                thread.execute(this::ask);
            } catch (RejectedExecutionException _) {
                // it is closed
            }
        }
    }

    private void ask() {
        news.set(false);
        try {
            var listed = new TreeMap<String, List<ServiceInstance>>();
            for (var id : client.getServices()) {
                listed.put(id, List.copyOf(client.getInstances(id)));
            }
            error = null;
            if (dialect.hasAsked()) {
                take(
                        DiscoveredServices.registry(
                                listed, settings.namespace(), dialect, complaints));
            }
        } catch (RuntimeException | LinkageError e) {
            if (!thread.isShutdown()) {
                error = "cannot be asked: " + e.getMessage();
            }
        }
        tell();
    }

    private void take(Registry listed) {
        if (!listed.equals(known)) {
            known = listed;
            changed.run();
        }
    }

    /// Once when it begins, once when it ends.
    private void tell() {
        var trouble = trouble().orElse(null);
        if (trouble != null && toldTrouble == null && !thread.isShutdown()) {
            LOGGER.atWarn()
                    .addKeyValue("registry", dialect.name())
                    .addKeyValue("error", trouble)
                    .log(
                            known == null
                                    ? "Registry does not answer, nothing is served before its first list"
                                    : "Registry does not answer, its last content counts until it does");
        } else if (trouble == null && toldTrouble != null) {
            LOGGER.atInfo().addKeyValue("registry", dialect.name()).log("Registry answers again");
        }
        toldTrouble = trouble;
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
