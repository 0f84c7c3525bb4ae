package dev.quartet.citadel.credential;

import dev.quartet.citadel.metrics.CitadelMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Credentials in their last good form. What can't be used leaves what was there in force, and is told once. Thread-safe.
public final class Shelf {
    private static final Logger LOGGER = LoggerFactory.getLogger(Shelf.class);

    private final CredentialReader reader;
    private final CitadelMetrics metrics;
    private final Map<CredentialKey, Held> held = new ConcurrentSkipListMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    public Shelf(CredentialReader reader, CitadelMetrics metrics) {
        this.reader = reader;
        this.metrics = metrics;
        metrics.observeCredentials(this::series);
    }

    private List<CitadelMetrics.CredentialSeries> series() {
        var all = new ArrayList<CitadelMetrics.CredentialSeries>();
        for (var one : held.values()) {
            var credential = one.credential();
            var shown = credential == null ? null : credential.shown();
            all.add(
                    new CitadelMetrics.CredentialSeries(
                            one.key().namespace(),
                            one.key().name(),
                            shown == null ? null : shown.notAfter(),
                            one.refused() != null));
        }
        return all;
    }

    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    public List<Held> all() {
        return List.copyOf(held.values());
    }

    public Optional<Held> find(CredentialKey key) {
        return Optional.ofNullable(held.get(key));
    }

    /// Judges and puts nothing in force.
    void check(CredentialKey key, CredentialParts parts) throws CredentialRefused {
        try {
            var _ = reader.read(key, parts);
        } catch (CredentialRefused e) {
            metrics.credentialRefused(e.reason().name());
            throw e;
        }
    }

    /// Puts it in force, or tells why not.
    ///
    /// @param serviceAccounts who may have it; null where somebody else decides that
    public void put(
            CredentialKey key, CredentialParts parts, @Nullable List<String> serviceAccounts) {
        try {
            var credential = reader.read(key, parts);
            var next = new Held(key, credential, null, serviceAccounts);
            if (!next.equals(held.put(key, next))) {
                LOGGER.atInfo()
                        .addKeyValue("namespace", key.namespace())
                        .addKeyValue("name", key.name())
                        .log("Credential in force");
                changed();
            }
        } catch (CredentialRefused e) {
            refuse(key, e);
        }
    }

    /// What was refused may be good later without any change.
    boolean waitsForItsTime(CredentialKey key) {
        var one = held.get(key);
        return one != null
                && one.refused() != null
                && one.refused().reason() == CredentialRefused.Reason.NOT_YET_VALID;
    }

    /// What is written can't even be read.
    public void refuse(CredentialKey key, CredentialRefused refused) {
        var before = held.get(key);
        if (before != null && refused.sameAs(before.refused())) {
            return;
        }
        held.put(
                key,
                new Held(
                        key,
                        before == null ? null : before.credential(),
                        refused,
                        before == null ? null : before.serviceAccounts()));
        metrics.credentialRefused(refused.reason().name());
        LOGGER.atWarn()
                .addKeyValue("namespace", key.namespace())
                .addKeyValue("name", key.name())
                .addKeyValue("reason", refused.reason())
                .addKeyValue("error", refused.fault() + "; " + refused.fix())
                .log("Credential refused, the last good one stays in force");
        changed();
    }

    public void remove(CredentialKey key) {
        if (held.remove(key) != null) {
            LOGGER.atInfo()
                    .addKeyValue("namespace", key.namespace())
                    .addKeyValue("name", key.name())
                    .log("Credential taken away");
            changed();
        }
    }

    private void changed() {
        listeners.forEach(Runnable::run);
    }
}
