package dev.quartet.citadel.sds;

import dev.quartet.citadel.authenticate.Caller;
import dev.quartet.citadel.authorize.Authorizer;
import dev.quartet.citadel.authorize.Decision;
import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.identity.KeyMaterial;
import io.envoyproxy.controlplane.cache.DeltaResponse;
import io.envoyproxy.controlplane.cache.DeltaWatch;
import io.envoyproxy.controlplane.cache.Resources;
import io.envoyproxy.controlplane.cache.Response;
import io.envoyproxy.controlplane.cache.VersionedResource;
import io.envoyproxy.controlplane.cache.Watch;
import io.envoyproxy.controlplane.cache.WatchCancelledException;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.grpc.Status;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What one stream asked for, was sent, and is still to get: the state that java-control-plane's server does not
/// keep, or keeps in a way that can't be relied on. The rules:
///
/// - One response is outstanding at most; what changes meanwhile goes out after its answer.
/// - A secret goes out when its version differs from the one last sent, accepted or not: so a NACK is followed by
///   silence until there is something new.
/// - `default` is this stream's own key and certificate, replaced at about half of its life.
/// - A name that the caller may not have is answered `removed`, once (delta), or ends the stream (state of the world).
///
/// Thread-safe: every method holds the stream's lock, and the library is called inside it.
final class SecretStream {

    static final String TYPE = Resources.V3.SECRET_TYPE_URL;
    static final int MAX_NAMES = 64;

    private static final Logger LOGGER = LoggerFactory.getLogger(SecretStream.class);
    private static final Duration RETRY = Duration.ofSeconds(5);

    /// The library's handle for the next response.
    private sealed interface Open {
        record Delta(DeltaWatch watch) implements Open {}

        record World(Watch watch) implements Open {}
    }

    private final Caller caller;
    private final SecretMaker secrets;
    private final Authorizer authorizer;
    private final CitadelMetrics metrics;
    private final Clock clock;
    private final Consumer<Status> end;
    private final Instant endsAt;
    private final double jitter = ThreadLocalRandom.current().nextDouble();

    private final Set<String> wanted = new LinkedHashSet<>();
    private final Set<String> toRemove = new LinkedHashSet<>();
    private final Map<String, String> sent = new LinkedHashMap<>();
    private @Nullable KeyMaterial own;
    private @Nullable Open open;
    private String lastNonce = "";
    private boolean outstanding;
    private int refusedNames;
    private boolean ended;
    private String nodeId = "";
    private volatile Instant renewAt = Instant.MAX;

    /// @param end closes the stream towards the proxy
    SecretStream(
            Caller caller,
            SecretMaker secrets,
            Authorizer authorizer,
            CitadelMetrics metrics,
            Clock clock,
            Duration maxAge,
            Consumer<Status> end) {
        this.caller = caller;
        this.secrets = secrets;
        this.authorizer = authorizer;
        this.metrics = metrics;
        this.clock = clock;
        this.end = end;
        var byAge = clock.instant().plusMillis((long) (maxAge.toMillis() * (0.9 + 0.2 * jitter)));
        this.endsAt = byAge.isBefore(caller.validUntil()) ? byAge : caller.validUntil();
    }

    Caller caller() {
        return caller;
    }

    /// Whether [#tick()] has something to do.
    boolean isDue(Instant now) {
        return !now.isBefore(renewAt) || !now.isBefore(endsAt);
    }

    /// What is wrong with a request's frame: whose it is, of which type, how long.
    Optional<Status> examine(boolean hasNode, Node node, String typeUrl, int names) {
        if (!typeUrl.isEmpty() && !typeUrl.equals(TYPE)) {
            return Optional.of(
                    Status.INVALID_ARGUMENT.withDescription(
                            "this service has secrets only, not " + shown(typeUrl)));
        }
        if (names > MAX_NAMES) {
            return Optional.of(
                    Status.RESOURCE_EXHAUSTED.withDescription(
                            "a request names at most %d secrets".formatted(MAX_NAMES)));
        }
        if (hasNode) {
            nodeId = shown(node.getId());
            if (authorizer.node(caller, Nodes.claim(node)) instanceof Decision.Refused refused) {
                return Optional.of(refusal(refused));
            }
        }
        return authorizer.certificate(caller) instanceof Decision.Refused refused
                ? Optional.of(refusal(refused))
                : Optional.empty();
    }

    private Status refusal(Decision.Refused refused) {
        metrics.secretRefused(refused.reason().name());
        LOGGER.atWarn()
                .addKeyValue("name", caller.id())
                .addKeyValue("proxy", nodeId)
                .addKeyValue("reason", refused.reason())
                .addKeyValue("error", refused.detail())
                .log("Secret refused");
        return Status.PERMISSION_DENIED.withDescription(refused.reason() + ": " + refused.detail());
    }

    /// Whether `nonce` answers the outstanding response. Anything else is stale, repeated or invented.
    synchronized boolean answersOutstanding(String nonce) {
        return outstanding && nonce.equals(lastNonce);
    }

    synchronized boolean isLatest(String nonce) {
        return nonce.equals(lastNonce);
    }

    /// @param error what the proxy says when it refuses the response
    synchronized void answered(@Nullable String error) {
        outstanding = false;
        if (error != null) {
            metrics.secretsRefusedByProxy();
            LOGGER.atWarn()
                    .addKeyValue("name", caller.id())
                    .addKeyValue("proxy", nodeId)
                    .addKeyValue("nonce", lastNonce)
                    .addKeyValue("error", shown(error))
                    .log("Proxy rejected secret");
        }
    }

    /// Delta: a name asked for anew is sent anew.
    ///
    /// @param known versions the proxy kept from an earlier stream
    /// @return why the stream must end, if it must: names it may not have are remembered, here and in the library
    synchronized Optional<Status> subscribe(
            List<String> names, List<String> noLonger, Map<String, String> known) {
        noLonger.forEach(name -> {
            wanted.remove(name);
            toRemove.remove(name);
            sent.remove(name);
        });
        for (var name : names) {
            if (authorizer.secret(caller, name) instanceof Decision.Refused refused) {
                var status = refusal(refused);
                if (++refusedNames > MAX_NAMES) {
                    return Optional.of(status);
                }
                toRemove.add(name);
            } else {
                wanted.add(name);
                sent.remove(name);
            }
        }
        known.forEach((name, version) -> {
            if (wanted.contains(name)) {
                sent.put(name, version);
            }
        });
        forgetUnwantedKey();
        return Optional.empty();
    }

    /// State of the world: the names are all there are.
    synchronized Optional<Status> want(List<String> names) {
        for (var name : names) {
            if (authorizer.secret(caller, name) instanceof Decision.Refused refused) {
                return Optional.of(refusal(refused));
            }
        }
        wanted.clear();
        wanted.addAll(names);
        sent.keySet().retainAll(wanted);
        forgetUnwantedKey();
        return Optional.empty();
    }

    private void forgetUnwantedKey() {
        if (!wanted.contains(Authorizer.OWN_CERTIFICATE)) {
            own = null;
            renewAt = Instant.MAX;
        }
    }

    synchronized DeltaWatch watch(DeltaWatch watch) {
        open = new Open.Delta(watch);
        respond();
        return watch;
    }

    synchronized Watch watch(Watch watch) {
        open = new Open.World(watch);
        respond();
        return watch;
    }

    /// The library has given the response `nonce` and is about to send it.
    synchronized void sending(String nonce) {
        lastNonce = nonce;
        outstanding = true;
        metrics.secretsPushed();
    }

    /// Renews what is due, or ends the stream when its credential or its time is over.
    synchronized void tick() {
        var now = clock.instant();
        if (ended || !isDue(now)) {
            return;
        }
        if (!now.isBefore(endsAt)) {
            ended = true;
            end.accept(
                    now.isBefore(caller.validUntil())
                            ? Status.OK
                            : Status.UNAUTHENTICATED.withDescription(
                                    "the credential of this stream expired at "
                                            + caller.validUntil()));
            return;
        }
        respond();
    }

    synchronized void ended() {
        ended = true;
        own = null;
        renewAt = Instant.MAX;
    }

    /// The secrets for one unary call.
    List<Secret> fetch() {
        return current().values().stream().map(VersionedResource::resource).toList();
    }

    private void respond() {
        if (ended || open == null || outstanding) {
            renewLater();
            return;
        }
        var all = current();
        var changed = new LinkedHashMap<String, VersionedResource<?>>();
        all.forEach((name, secret) -> {
            if (!secret.version().equals(sent.get(name))) {
                changed.put(name, secret);
            }
        });
        if (changed.isEmpty() && toRemove.isEmpty()) {
            return;
        }
        try {
            send(open, all, changed);
        } catch (WatchCancelledException e) {
            throw new IllegalStateException(
                    "the library gave up a watch that it had handed out", e);
        }
    }

    private void send(
            Open handle,
            Map<String, VersionedResource<Secret>> all,
            Map<String, VersionedResource<?>> changed)
            throws WatchCancelledException {
        var removed = new ArrayList<>(toRemove);
        open = null;
        toRemove.clear();
        changed.forEach((name, secret) -> sent.put(name, secret.version()));
        switch (handle) {
            case Open.Delta(var watch) ->
                    watch.respond(
                            DeltaResponse.create(watch.request(), changed, removed, version(all)));
            case Open.World(var watch) ->
                    watch.respond(
                            Response.create(
                                    watch.request(),
                                    all.values().stream().map(VersionedResource::resource).toList(),
                                    version(all)));
        }
    }

    private static String version(Map<String, VersionedResource<Secret>> all) {
        return String.join("+", all.values().stream().map(VersionedResource::version).toList());
    }

    private synchronized Map<String, VersionedResource<Secret>> current() {
        var all = new LinkedHashMap<String, VersionedResource<Secret>>();
        for (var name : wanted) {
            switch (name) {
                case Authorizer.OWN_CERTIFICATE -> all.put(name, secrets.own(material()));
                case Authorizer.ROOTS -> all.put(name, secrets.roots());
                default ->
                        throw new IllegalStateException(
                                "a secret was allowed that nobody makes: " + name);
            }
        }
        return all;
    }

    private KeyMaterial material() {
        var now = clock.instant();
        var material = own;
        if (material != null && now.isBefore(material.renewAt(jitter))) {
            return material;
        }
        try {
            var next = secrets.newMaterial(caller.id());
            if (material != null) {
                metrics.certificateRenewed();
            }
            own = next;
            renewAt = next.renewAt(jitter);
            return next;
        } catch (IllegalStateException e) {
            metrics.signingFailed();
            LOGGER.atError()
                    .setCause(e)
                    .addKeyValue("name", caller.id())
                    .log("Certificate not issued");
            if (material == null) {
                throw e;
            }
            renewAt = now.plus(RETRY); // the old one stays in force
            return material;
        }
    }

    /// The proxy has not answered yet: look again soon instead of at every tick.
    private void renewLater() {
        if (!clock.instant().isBefore(renewAt)) {
            renewAt = clock.instant().plusMillis(500);
        }
    }

    private static String shown(String text) {
        return (text.length() > 500 ? text.substring(0, 500) + "…" : text)
                .replaceAll("\\p{Cntrl}", "?");
    }
}
