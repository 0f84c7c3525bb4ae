package dev.quartet.pilot.xds;

import dev.quartet.identity.CallerIdentity;
import dev.quartet.identity.SpiffeId;
import dev.quartet.pilot.node.ProxyRefused;
import dev.quartet.pilot.translate.XdsType;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/// The ADS protocol, delta and state of the world: turns messages into events of a [Connection].
/// The node is taken from a stream's first message and remembered, since Envoy sends it (60 kB) only once.
final class AdsService extends AggregatedDiscoveryServiceImplBase {
    private final AdsServer server;

    AdsService(AdsServer server) {
        this.server = server;
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
            StreamObserver<DeltaDiscoveryResponse> responses) {
        var call = (ServerCallStreamObserver<DeltaDiscoveryResponse>) responses;
        var stream =
                new Stream<DeltaDiscoveryRequest>(call, new DeltaWire(call), "delta") {
                    @Override
                    Node nodeOf(DeltaDiscoveryRequest request) {
                        return request.getNode();
                    }

                    @Override
                    void handle(Connection connection, DeltaDiscoveryRequest request) {
                        var type = XdsType.ofUrl(request.getTypeUrl()).orElse(null);
                        if (type == null) {
                            return; // a type that Pilot doesn't serve: silence, the stream lives on
                        }
                        answered(
                                connection,
                                type,
                                request.getResponseNonce(),
                                request.hasErrorDetail() ? request.getErrorDetail() : null);
                        if (request.getResponseNonce().isEmpty()
                                || request.getResourceNamesSubscribeCount() > 0
                                || request.getResourceNamesUnsubscribeCount() > 0) {
                            connection.subscribe(
                                    type,
                                    request.getResourceNamesSubscribeList(),
                                    request.getResourceNamesUnsubscribeList(),
                                    request.getInitialResourceVersionsMap());
                        }
                    }
                };
        return stream.start();
    }

    @Override
    public StreamObserver<DiscoveryRequest> streamAggregatedResources(
            StreamObserver<DiscoveryResponse> responses) {
        var call = (ServerCallStreamObserver<DiscoveryResponse>) responses;
        var stream =
                new Stream<DiscoveryRequest>(call, new StateOfTheWorldWire(call), "sotw") {
                    @Override
                    Node nodeOf(DiscoveryRequest request) {
                        return request.getNode();
                    }

                    @Override
                    void handle(Connection connection, DiscoveryRequest request) {
                        var type = XdsType.ofUrl(request.getTypeUrl()).orElse(null);
                        if (type == null) {
                            return;
                        }
                        answered(
                                connection,
                                type,
                                request.getResponseNonce(),
                                request.hasErrorDetail() ? request.getErrorDetail() : null);
                        connection.subscribeExactly(
                                type, request.getResourceNamesList(), request.getVersionInfo());
                    }
                };
        return stream.start();
    }

    /// @param nonce empty: the message answers nothing
    /// @param error what the proxy refused; null: it accepted
    private static void answered(
            Connection connection,
            XdsType type,
            String nonce,
            com.google.rpc.@Nullable Status error) {
        if (nonce.isEmpty()) {
            return;
        }
        if (error == null) {
            connection.ack(type, nonce);
        } else {
            connection.nack(type, nonce, error.getMessage());
        }
    }

    /// What both forms share: the first message names the node; any end of the stream ends the connection.
    private abstract class Stream<Q> implements StreamObserver<Q> {
        private final ServerCallStreamObserver<?> call;
        private final Wire wire;
        private final String protocol;
        private final @Nullable SpiffeId caller = CallerIdentity.current().orElse(null);
        private final String peerAddress = PeerAddress.current();
        private @Nullable Connection connection;
        private boolean ended;

        Stream(ServerCallStreamObserver<?> call, Wire wire, String protocol) {
            this.call = call;
            this.wire = wire;
            this.protocol = protocol;
        }

        abstract Node nodeOf(Q request);

        abstract void handle(Connection connection, Q request);

        StreamObserver<Q> start() {
            call.setOnReadyHandler(this::wake);
            call.setOnCancelHandler(this::end);
            return this;
        }

        @Override
        public void onNext(Q request) {
            if (ended) {
                return;
            }
            var current = connection;
            if (current == null) {
                try {
                    current = server.open(nodeOf(request), caller, peerAddress, protocol, wire);
                    connection = current;
                } catch (ProxyRefused e) {
                    ended = true;
                    var status =
                            switch (e.reason()) {
                                case MALFORMED_NODE -> Status.INVALID_ARGUMENT;
                                case IDENTITY_MISMATCH -> Status.PERMISSION_DENIED;
                                case TOO_MANY_STREAMS -> Status.RESOURCE_EXHAUSTED;
                            };
                    wire.close(status.withDescription(e.getMessage()));
                    return;
                }
            }
            handle(current, request);
            if (current.isClosed()) {
                end();
                return;
            }
            server.wake(current);
        }

        @Override
        public void onError(Throwable error) {
            end();
        }

        @Override
        public void onCompleted() {
            var current = connection;
            end();
            if (current != null) {
                call.onCompleted();
            }
        }

        private void wake() {
            var current = connection;
            if (current != null) {
                server.wake(current);
            }
        }

        private void end() {
            ended = true;
            var current = connection;
            if (current != null) {
                server.closed(current);
            }
        }
    }
}
