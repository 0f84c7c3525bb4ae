package dev.quartet.citadel.sds;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.quartet.citadel.authenticate.Caller;
import dev.quartet.citadel.authorize.Authorizer;
import dev.quartet.citadel.credential.Credentials;
import dev.quartet.citadel.issue.CertificateIssuer;
import dev.quartet.citadel.metrics.CitadelMetrics;
import dev.quartet.citadel.root.RootAuthority;
import io.envoyproxy.controlplane.server.V3DiscoveryServer;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc.SecretDiscoveryServiceImplBase;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `SecretDiscoveryService` v3, all three methods.
///
/// java-control-plane's server carries both stream protocols: nonces, one watch per stream, message forms. In front of
/// it stands a guard per stream, which takes away what the library can't bear (stale or invented nonces end its delta
/// stream with a NullPointerException, foreign types too) and keeps in [SecretStream] what it forgets (node, NACKs,
/// initial versions). The library runs in the calling thread, under the stream's lock; renewals run on virtual threads
/// of this class, so one slow stream holds up no other.
public final class SecretService extends SecretDiscoveryServiceImplBase implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(SecretService.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final int MAX_REQUEST_BYTES = 256 * 1024; // a stock Envoy's node is 60 kB

    private final Authorizer authorizer;
    private final CitadelMetrics metrics;
    private final Clock clock;
    private final Duration maxStreamAge;
    private final SecretMaker secrets;
    private final CredentialSecrets credentials;
    private final SecretDiscoveryServiceImplBase library =
            new V3DiscoveryServer(new StreamWatcher()).getSecretDiscoveryServiceImpl();
    private final Set<SecretStream> streams = ConcurrentHashMap.newKeySet();
    private final ExecutorService renewals = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread ticker = Thread.ofVirtual().name("sds-renewal").unstarted(this::tick);

    public SecretService(
            Authorizer authorizer,
            CertificateIssuer issuer,
            RootAuthority root,
            Credentials credentials,
            CitadelMetrics metrics,
            Duration maxStreamAge,
            Clock clock) {
        this.authorizer = authorizer;
        this.metrics = metrics;
        this.clock = clock;
        this.maxStreamAge = maxStreamAge;
        this.secrets = new SecretMaker(issuer, root, metrics);
        this.credentials = new CredentialSecrets(credentials);
        metrics.observeStreams(streams::size);
        credentials.onChange(() -> streams.forEach(SecretStream::lookAgain));
    }

    public void start() {
        ticker.start();
    }

    /// How many streams are open.
    public int openStreams() {
        return streams.size();
    }

    private void tick() {
        try {
            while (true) {
                Thread.sleep(POLL);
                var now = clock.instant();
                for (var stream : streams) {
                    if (stream.isDue(now)) {
                        renewals.execute(() -> tick(stream));
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private static void tick(SecretStream stream) {
        try {
            stream.tick();
        } catch (RuntimeException e) {
            LOGGER.atError()
                    .setCause(e)
                    .addKeyValue("name", stream.caller().id())
                    .log("Secret not renewed");
        }
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaSecrets(
            StreamObserver<DeltaDiscoveryResponse> responses) {
        var outgoing = new Outgoing<>(responses, DeltaDiscoveryResponse::getNonce);
        var stream = open(outgoing);
        var guarded = library.deltaSecrets(outgoing);
        return new Guard<DeltaDiscoveryRequest>(stream, outgoing, guarded) {
            @Override
            Optional<Status> receive(DeltaDiscoveryRequest request) {
                var names =
                        request.getResourceNamesSubscribeCount()
                                + request.getResourceNamesUnsubscribeCount();
                var fault =
                        stream.examine(
                                request.hasNode(), request.getNode(), request.getTypeUrl(), names);
                if (fault.isPresent()) {
                    return fault;
                }
                var refused =
                        stream.subscribe(
                                request.getResourceNamesSubscribeList(),
                                request.getResourceNamesUnsubscribeList(),
                                request.getInitialResourceVersionsMap());
                if (refused.isPresent()) {
                    return refused;
                }
                var forwarded = request.toBuilder().clearNode();
                if (stream.answersOutstanding(request.getResponseNonce())) {
                    stream.answered(
                            request.hasErrorDetail()
                                    ? request.getErrorDetail().getMessage()
                                    : null);
                } else {
                    forwarded.clearResponseNonce().clearErrorDetail();
                }
                if (names > 0 || !forwarded.getResponseNonce().isEmpty()) {
                    forward(forwarded.build());
                }
                return Optional.empty();
            }
        };
    }

    @Override
    public StreamObserver<DiscoveryRequest> streamSecrets(
            StreamObserver<DiscoveryResponse> responses) {
        var outgoing = new Outgoing<>(responses, DiscoveryResponse::getNonce);
        var stream = open(outgoing);
        var guarded = library.streamSecrets(outgoing);
        return new Guard<DiscoveryRequest>(stream, outgoing, guarded) {
            @Override
            Optional<Status> receive(DiscoveryRequest request) {
                var fault =
                        stream.examine(
                                request.hasNode(),
                                request.getNode(),
                                request.getTypeUrl(),
                                request.getResourceNamesCount());
                if (fault.isPresent()) {
                    return fault;
                }
                if (!stream.isLatest(request.getResponseNonce())) {
                    return Optional
                            .empty(); // stale: the answer to the newest response is still to come
                }
                if (stream.answersOutstanding(request.getResponseNonce())) {
                    stream.answered(
                            request.hasErrorDetail()
                                    ? request.getErrorDetail().getMessage()
                                    : null);
                }
                var refused = stream.want(request.getResourceNamesList());
                if (refused.isEmpty()) {
                    forward(request.toBuilder().clearNode().build());
                }
                return refused;
            }
        };
    }

    @Override
    public void fetchSecrets(DiscoveryRequest request, StreamObserver<DiscoveryResponse> answer) {
        var stream =
                new SecretStream(
                        Caller.current(),
                        secrets,
                        credentials,
                        authorizer,
                        metrics,
                        clock,
                        maxStreamAge,
                        status -> {});
        var fault =
                stream.examine(
                                request.hasNode(),
                                request.getNode(),
                                request.getTypeUrl(),
                                request.getResourceNamesCount())
                        .or(() -> stream.want(request.getResourceNamesList()));
        if (fault.isPresent()) {
            answer.onError(fault.get().asException());
            return;
        }
        try {
            var response = DiscoveryResponse.newBuilder().setTypeUrl(SecretStream.TYPE);
            for (var secret : stream.fetch()) {
                response.addResources(Any.pack(secret));
            }
            answer.onNext(response.setVersionInfo(clock.instant().toString()).build());
            answer.onCompleted();
        } catch (StatusException e) {
            answer.onError(e);
        } catch (IllegalStateException e) {
            answer.onError(
                    Status.UNAVAILABLE
                            .withDescription("Citadel can't sign now; its log says why")
                            .asException());
        }
    }

    private SecretStream open(Outgoing<?> outgoing) {
        var stream =
                new SecretStream(
                        Caller.current(),
                        secrets,
                        credentials,
                        authorizer,
                        metrics,
                        clock,
                        maxStreamAge,
                        outgoing::end);
        outgoing.attach(
                stream::sending,
                () -> {
                    stream.ended();
                    streams.remove(stream);
                });
        streams.add(stream);
        return stream;
    }

    /// Reads a proxy's requests. All of a stream's work happens under the stream's lock.
    private abstract static class Guard<Q extends Message> implements StreamObserver<Q> {
        private final SecretStream stream;
        private final Outgoing<?> outgoing;
        private final StreamObserver<Q> library;

        private Guard(SecretStream stream, Outgoing<?> outgoing, StreamObserver<Q> library) {
            this.stream = stream;
            this.outgoing = outgoing;
            this.library = library;
        }

        /// @return why the stream must end, if it must
        abstract Optional<Status> receive(Q request);

        final void forward(Q request) {
            Context.current()
                    .withValue(StreamWatcher.STREAM, stream)
                    .run(() -> library.onNext(request));
        }

        @Override
        public final void onNext(Q request) {
            synchronized (stream) {
                if (outgoing.isEnded()) {
                    return;
                }
                try {
                    if (request.getSerializedSize() > MAX_REQUEST_BYTES) {
                        close(
                                Status.RESOURCE_EXHAUSTED.withDescription(
                                        "a request has at most %d bytes"
                                                .formatted(MAX_REQUEST_BYTES)));
                    } else {
                        receive(request).ifPresent(this::close);
                    }
                } catch (RuntimeException e) {
                    LOGGER.atError()
                            .setCause(e)
                            .addKeyValue("name", stream.caller().id())
                            .log("SDS request failed");
                    close(Status.INTERNAL.withDescription("Citadel's log says why"));
                }
            }
        }

        private void close(Status status) {
            outgoing.end(status);
            library.onCompleted(); // forgets its watch; the proxy has been told already
        }

        @Override
        public final void onError(Throwable error) {
            synchronized (stream) {
                close(Status.CANCELLED); // the proxy has gone: nobody hears this
            }
        }

        @Override
        public final void onCompleted() {
            synchronized (stream) {
                close(Status.OK);
            }
        }
    }

    /// The way to the proxy: ends once, and tells the stream each nonce before it is sent.
    private static final class Outgoing<A> implements StreamObserver<A> {
        private final StreamObserver<A> responses;
        private final Function<A, String> nonce;
        private Consumer<String> sending = text -> {};
        private Runnable onEnd = () -> {};
        private boolean ended;

        private Outgoing(StreamObserver<A> responses, Function<A, String> nonce) {
            this.responses = responses;
            this.nonce = nonce;
        }

        private void attach(Consumer<String> newSending, Runnable newOnEnd) {
            sending = newSending;
            onEnd = newOnEnd;
            if (responses instanceof ServerCallStreamObserver<A> call) {
                call.setOnCancelHandler(() -> end(Status.CANCELLED));
            }
        }

        private synchronized boolean isEnded() {
            return ended;
        }

        @Override
        public void onNext(A response) {
            sending.accept(nonce.apply(response));
            synchronized (this) {
                if (!ended) {
                    responses.onNext(response);
                }
            }
        }

        private void end(Status status) {
            synchronized (this) {
                if (ended) {
                    return;
                }
                ended = true;
                if (status.isOk()) {
                    responses.onCompleted();
                } else if (status.getCode() != Status.Code.CANCELLED) {
                    responses.onError(status.asException());
                }
            }
            onEnd.run();
        }

        @Override
        public void onError(Throwable error) {
            end(Status.fromThrowable(error));
        }

        @Override
        public void onCompleted() {
            end(Status.OK);
        }
    }

    @Override
    public void close() {
        ticker.interrupt();
        try {
            ticker.join(); // or it could hand a renewal to executors that are closed
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        renewals.close();
    }
}
