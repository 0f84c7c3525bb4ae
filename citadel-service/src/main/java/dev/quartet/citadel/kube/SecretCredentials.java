package dev.quartet.citadel.kube;

import dev.quartet.citadel.credential.Answer;
import dev.quartet.citadel.credential.Answer.Reason;
import dev.quartet.citadel.credential.CredentialKey;
import dev.quartet.citadel.credential.CredentialParts;
import dev.quartet.citadel.credential.CredentialRefused;
import dev.quartet.citadel.credential.Credentials;
import dev.quartet.citadel.credential.Held;
import dev.quartet.citadel.credential.Shelf;
import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.identity.SpiffeId;
import dev.quartet.kube.Mirror;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// Credentials in Secrets of the caller's own namespace, in the forms that Istio 1.4 takes (`security/pkg/nodeagent/secretfetcher`):
/// `tls.crt`, `tls.key`, `ca.crt` of type `kubernetes.io/tls`, or `cert`, `key`, `cacert`; beside them `ca.crl` or `crl`.
///
/// A caller gets what its service account may itself read. Each Secret is watched by its name, from the first caller that may read
/// it until nobody has asked for a while: so Citadel needs no right to list the Secrets of a namespace. Thread-safe.
public final class SecretCredentials implements Credentials, AutoCloseable {
    private static final Duration UNASKED = Duration.ofMinutes(5);
    private static final int MAX_WATCHED = 1000;
    private static final Set<String> TYPES = Set.of("kubernetes.io/tls", "Opaque");

    private final KubernetesClient client;
    private final Shelf shelf;
    private final Clock clock;
    private final AccessReviews reviews;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Map<CredentialKey, Watched> watched = new ConcurrentHashMap<>();
    private final ExecutorService changes = Executors.newVirtualThreadPerTaskExecutor();

    /// @param memory how long the apiserver's answer counts, who may read what
    public SecretCredentials(
            KubernetesClient client,
            Shelf shelf,
            Duration memory,
            CitadelMetrics metrics,
            Clock clock) {
        this.client = client;
        this.shelf = shelf;
        this.clock = clock;
        this.reviews = new AccessReviews(client, memory, metrics, clock, this::changed);
        shelf.onChange(this::changed);
    }

    private void changed() {
        listeners.forEach(Runnable::run);
    }

    @Override
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public List<Held> all() {
        return shelf.all();
    }

    @Override
    public Answer find(SpiffeId caller, CredentialKey key) {
        if (!key.namespace().equals(caller.namespace())) {
            return missing(key, "of namespace " + caller.namespace());
        }
        var may = reviews.mayRead(caller, key);
        if (may.isEmpty()) {
            return new Answer.Later();
        }
        if (!may.get()) {
            return new Answer.None(
                    Reason.CREDENTIAL_NOT_ALLOWED,
                    "service account %s may not get Secret %s".formatted(caller.account(), key));
        }
        return find(key);
    }

    private Answer find(CredentialKey key) {
        var now = clock.instant();
        var one = watched.get(key);
        if (one == null) {
            forgetUnasked(now);
            if (watched.size() >= MAX_WATCHED) {
                return new Answer.None(
                        Reason.CREDENTIAL_NOT_READABLE,
                        "%d Secrets are watched already".formatted(MAX_WATCHED));
            }
            one = watched.computeIfAbsent(key, it -> new Watched(it, now));
            changes.execute(one::take); // what came before it was in the map
        }
        one.asked = now;
        if (one.seen == null) {
            return one.mirror.hasFailed()
                    ? new Answer.None(
                            Reason.CREDENTIAL_NOT_READABLE,
                            "Citadel can't watch Secret %s; may its service account get, list and watch it?"
                                    .formatted(key))
                    : new Answer.Later();
        }
        var held = shelf.find(key);
        if (held.isEmpty()) {
            return missing(key, "");
        }
        var credential = held.get().credential();
        return credential == null
                ? new Answer.None(
                        Reason.CREDENTIAL_UNUSABLE, "Secret %s can't be used".formatted(key))
                : new Answer.Given(credential);
    }

    private static Answer missing(CredentialKey key, String where) {
        return new Answer.None(
                Reason.CREDENTIAL_NOT_FOUND,
                "there is no Secret %s %s".formatted(key, where).strip());
    }

    private void forgetUnasked(Instant now) {
        watched.forEach((key, one) -> {
            if (one.asked.plus(UNASKED).isBefore(now) && watched.remove(key, one)) {
                one.close();
                shelf.remove(key);
            }
        });
    }

    @Override
    public void close() {
        reviews.close();
        watched.values().forEach(Watched::close);
        changes.shutdownNow();
    }

    private final class Watched implements AutoCloseable {
        private final CredentialKey key;
        private final Mirror<Secret> mirror;
        private volatile Instant asked;

        /// The version taken over last, empty for none; null before the first list.
        private volatile @Nullable String seen;

        private Watched(CredentialKey key, Instant now) {
            this.key = key;
            this.asked = now;
            this.mirror =
                    Mirror.start(
                            client.secrets()
                                    .inNamespace(key.namespace())
                                    .withField("metadata.name", key.name()),
                            "secret " + key,
                            () -> changes.execute(() -> takeWatched(key)));
        }

        /// Takes over how the Secret is now.
        private synchronized void take() {
            if (!mirror.complete()) {
                if (mirror.hasFailed()) {
                    changed();
                }
                return;
            }
            var secret = mirror.find(key.namespace(), key.name());
            var version = secret.map(it -> it.getMetadata().getResourceVersion()).orElse("");
            if (version.equals(seen)) {
                return;
            }
            secret.ifPresentOrElse(it -> put(key, it), () -> shelf.remove(key));
            seen = version;
            changed(); // that there is none is an answer too
        }

        @Override
        public void close() {
            mirror.close();
        }
    }

    private void takeWatched(CredentialKey key) {
        var one = watched.get(key);
        if (one != null) {
            one.take();
        }
    }

    private void put(CredentialKey key, Secret secret) {
        var type = secret.getType() == null ? "" : secret.getType();
        if (!TYPES.contains(type)) {
            shelf.refuse(
                    key,
                    new CredentialRefused(
                            CredentialRefused.Reason.WRONG_TYPE,
                            "the Secret is of type \"%s\"".formatted(type),
                            "use one of type kubernetes.io/tls or Opaque"));
            return;
        }
        var data = secret.getData() == null ? Map.<String, String>of() : secret.getData();
        shelf.put(
                key,
                new CredentialParts(
                        text(data, "tls.crt", "cert"),
                        text(data, "tls.key", "key"),
                        text(data, "ca.crt", "cacert"),
                        text(data, "ca.crl", "crl")),
                null);
    }

    private static @Nullable String text(Map<String, String> data, String... keys) {
        for (var key : keys) {
            var content = data.get(key);
            if (content != null && !content.isEmpty()) {
                return new String(Base64.getDecoder().decode(content), StandardCharsets.UTF_8);
            }
        }
        return null;
    }
}
