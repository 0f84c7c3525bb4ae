package dev.quartet.citadel.sds;

import dev.quartet.citadel.authenticate.Caller;
import dev.quartet.citadel.authorize.Authorizer;
import dev.quartet.citadel.authorize.Decision;
import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.citadel.sds.CredentialSecrets.Found;
import dev.quartet.citadel.sds.CredentialSecrets.Found.Missing;
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
import io.grpc.StatusException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
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
/// - A name that can be nobody's of the caller's namespace is answered `removed`, once (delta), or ends the stream (state of
///   the world).
/// - A credential that is not there, or not for the caller, is answered `removed` (delta) or not at all (state of the world: the
///   protocol has no word for it), so that nobody learns which of both it is; it is sent as soon as it is there, and answered
///   `removed` when it goes. It is looked at when something has changed, and each half minute, because rights change too.
///
/// Thread-safe: every method holds the stream's lock, and the library is called inside it.
final class SecretStream {

    static final String TYPE = Resources.V3.SECRET_TYPE_URL;
    static final int MAX_NAMES = 64;

    private static final Logger LOGGER = LoggerFactory.getLogger(SecretStream.class);
    private static final Duration RETRY = Duration.ofSeconds(5);
    private static final Duration LOOK = Duration.ofSeconds(30);
    private static final Duration LOOK_SOON = Duration.ofSeconds(1);

    /// The library's handle for the next response.
    private sealed interface Open {
        record Delta(DeltaWatch watch) implements Open {}

        record World(Watch watch) implements Open {}
    }

    /// What the proxy can have now of what it wants.
    ///
    /// @param missing credentials that are not there, or not for this caller
    private record Current(
            Map<String, VersionedResource<Secret>> given, Map<String, Missing> missing) {}

    private final Caller caller;
    private final SecretMaker secrets;
    private final CredentialSecrets credentials;
    private final Authorizer authorizer;
    private final CitadelMetrics metrics;
    private final Clock clock;
    private final Consumer<Status> end;
    private final Instant endsAt;
    private final double jitter = ThreadLocalRandom.current().nextDouble();

    private final Set<String> wanted = new LinkedHashSet<>();
    private final Set<String> toRemove = new LinkedHashSet<>();
    private final Map<String, String> sent = new LinkedHashMap<>();
    private final Set<String> toldMissing = new HashSet<>();
    private @Nullable KeyMaterial own;
    private @Nullable Open open;
    private String lastNonce = "";
    private boolean outstanding;
    private int refusedNames;
    private boolean ended;
    private String nodeId = "";
    private volatile Instant renewAt = Instant.MAX;

    /// When credentials are looked at again; [Instant#MAX] while there are none.
    private volatile Instant lookAt = Instant.MAX;

    private volatile boolean changedSinceLook;

    /// @param end closes the stream towards the proxy
    SecretStream(
            Caller caller,
            SecretMaker secrets,
            CredentialSecrets credentials,
            Authorizer authorizer,
            CitadelMetrics metrics,
            Clock clock,
            Duration maxAge,
            Consumer<Status> end) {
        this.caller = caller;
        this.secrets = secrets;
        this.credentials = credentials;
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
        return !now.isBefore(renewAt) || !now.isBefore(endsAt) || isLookDue(now);
    }

    private boolean isLookDue(Instant now) {
        var at = lookAt;
        return !at.equals(Instant.MAX) && (changedSinceLook || !now.isBefore(at));
    }

    /// Credentials have changed: those of this stream are looked at by the next [#tick()]. Does not block.
    void lookAgain() {
        changedSinceLook = true;
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
        refused(refused.reason().name(), refused.detail());
        return Status.PERMISSION_DENIED.withDescription(refused.reason() + ": " + refused.detail());
    }

    private void refused(String reason, String detail) {
        metrics.secretRefused(reason);
        LOGGER.atWarn()
                .addKeyValue("name", caller.id())
                .addKeyValue("proxy", nodeId)
                .addKeyValue("reason", reason)
                .addKeyValue("error", detail)
                .log("Secret refused");
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
            toldMissing.remove(name);
        });
        for (var name : names) {
            if (authorizer.secret(caller, name) instanceof Decision.Refused refused) {
                var status = refusal(refused);
                if (++refusedNames > MAX_NAMES) {
                    return Optional.of(status);
                }
                toRemove.add(name);
            } else {
                var tooMany = countMissing(name);
                if (tooMany.isPresent()) {
                    return tooMany;
                }
                wanted.add(name);
                sent.remove(name);
                toldMissing.remove(name);
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
            var tooMany = wanted.contains(name) ? Optional.<Status>empty() : countMissing(name);
            if (tooMany.isPresent()) {
                return tooMany;
            }
        }
        wanted.clear();
        wanted.addAll(names);
        sent.keySet().retainAll(wanted);
        toldMissing.retainAll(wanted);
        forgetUnwantedKey();
        return Optional.empty();
    }

    /// A stream asks for so many credentials in vain, and no more: they are remembered, here and in the library.
    private Optional<Status> countMissing(String name) {
        if (!isCredential(name)
                || credentials.find(caller.id(), name) instanceof Found.Given
                || ++refusedNames <= MAX_NAMES) {
            return Optional.empty();
        }
        var detail =
                "a stream asks for at most %d credentials that it can't have".formatted(MAX_NAMES);
        refused("TOO_MANY_CREDENTIALS", detail);
        return Optional.of(Status.PERMISSION_DENIED.withDescription(detail));
    }

    private static boolean isCredential(String name) {
        return !name.equals(Authorizer.OWN_CERTIFICATE) && !name.equals(Authorizer.ROOTS);
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
        lookAt = Instant.MAX;
    }

    /// The secrets for one unary call.
    ///
    /// @throws StatusException when one of them can't be had
    List<Secret> fetch() throws StatusException {
        var current = current();
        var missing = current.missing().entrySet().stream().findFirst();
        if (missing.isPresent()) {
            var why = missing.get().getValue();
            refused(why.reason().name(), why.detail());
            throw Status.PERMISSION_DENIED
                    .withDescription(
                            "there is no credential %s for %s"
                                    .formatted(missing.get().getKey(), caller.id()))
                    .asException();
        }
        if (current.given().size() < wanted.size()) {
            throw Status.UNAVAILABLE
                    .withDescription("Citadel asks whether you may have it; try again")
                    .asException();
        }
        return current.given().values().stream().map(VersionedResource::resource).toList();
    }

    private void respond() {
        if (ended || open == null || outstanding) {
            renewLater();
            return;
        }
        var current = current();
        current.missing().forEach(this::miss);
        toldMissing.removeAll(current.given().keySet());
        var changed = new LinkedHashMap<String, VersionedResource<?>>();
        current.given()
                .forEach((name, secret) -> {
                    if (!secret.version().equals(sent.get(name))) {
                        changed.put(name, secret);
                    }
                });
        if (open instanceof Open.World) {
            toRemove.clear();
        }
        if (changed.isEmpty() && toRemove.isEmpty()) {
            return;
        }
        try {
            send(open, current.given(), changed);
        } catch (WatchCancelledException e) {
            throw new IllegalStateException(
                    "the library gave up a watch that it had handed out", e);
        }
    }

    private void miss(String name, Missing why) {
        if (toldMissing.add(name)) {
            refused(why.reason().name(), why.detail());
            toRemove.add(name);
            sent.remove(name);
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

    private synchronized Current current() {
        changedSinceLook = false; // before anything is looked at
        var next = Instant.MAX;
        var current = new Current(new LinkedHashMap<>(), new LinkedHashMap<>());
        for (var name : wanted) {
            switch (name) {
                case Authorizer.OWN_CERTIFICATE ->
                        current.given().put(name, secrets.own(material()));
                case Authorizer.ROOTS -> current.given().put(name, secrets.roots());
                default -> next = earlier(next, find(name, current));
            }
        }
        lookAt = next;
        return current;
    }

    /// @return when to look again
    private Instant find(String name, Current current) {
        var now = clock.instant();
        return switch (credentials.find(caller.id(), name)) {
            case Found.Given(var secret) -> {
                current.given().put(name, secret);
                yield now.plus(LOOK);
            }
            case Missing missing -> {
                current.missing().put(name, missing);
                yield now.plus(LOOK);
            }
            case Found.Later _ -> now.plus(LOOK_SOON);
        };
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
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
        var now = clock.instant();
        var later = now.plusMillis(500);
        if (!now.isBefore(renewAt)) {
            renewAt = later;
        }
        if (isLookDue(now)) {
            changedSinceLook = false; // the answer, when it comes, is followed by a look
            lookAt = later;
        }
    }

    private static String shown(String text) {
        return (text.length() > 500 ? text.substring(0, 500) + "…" : text)
                .replaceAll("\\p{Cntrl}", "?");
    }
}
