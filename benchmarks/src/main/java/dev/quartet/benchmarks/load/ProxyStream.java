package dev.quartet.benchmarks.load;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One proxy's ADS stream. It asks as Envoy does: clusters, then the endpoints they name, then listeners, then the routes and filter
/// configs they name; and ACKs everything. gRPC calls it from one thread at a time.
final class ProxyStream extends ClientCall.Listener<Answer> {
    private final Protocol protocol;
    private final Node node;
    private final Swarm swarm;
    private final ManagedChannel channel;
    private final Map<String, Set<String>> names = new HashMap<>();
    private final Map<String, String> versions = new HashMap<>();
    private final Map<String, String> nonces = new HashMap<>();
    private Sender<?> sender;
    private boolean listenersAsked;
    private boolean first = true;

    /// Whether it has all that it asked for at the start.
    private boolean complete;

    /// The last round of which it had a route.
    private int round;

    @SuppressWarnings("NullAway.Init") // the sender is set when opened
    ProxyStream(Protocol protocol, Node node, ManagedChannel channel, Swarm swarm) {
        this.protocol = protocol;
        this.node = node;
        this.channel = channel;
        this.swarm = swarm;
    }

    void open(MethodDescriptor.Marshaller<Answer> reader) {
        sender =
                switch (protocol) {
                    case DELTA ->
                            new Delta(
                                    channel.newCall(
                                            AggregatedDiscoveryServiceGrpc
                                                    .getDeltaAggregatedResourcesMethod()
                                                    .toBuilder(
                                                            ProtoUtils.marshaller(
                                                                    DeltaDiscoveryRequest
                                                                            .getDefaultInstance()),
                                                            reader)
                                                    .build(),
                                            CallOptions.DEFAULT));
                    case STATE_OF_THE_WORLD ->
                            new Whole(
                                    channel.newCall(
                                            AggregatedDiscoveryServiceGrpc
                                                    .getStreamAggregatedResourcesMethod()
                                                    .toBuilder(
                                                            ProtoUtils.marshaller(
                                                                    DiscoveryRequest
                                                                            .getDefaultInstance()),
                                                            reader)
                                                    .build(),
                                            CallOptions.DEFAULT));
                };
        sender.send(TypeUrls.CLUSTERS, Set.of(), false);
    }

    @Override
    public void onMessage(Answer answer) {
        var type = answer.typeUrl();
        versions.put(type, answer.version());
        nonces.put(type, answer.nonce());
        // State-of-the-world: a longer list of names is an ACK and a subscription in one.
        sender.send(type, Set.of(), true);
        ask(TypeUrls.ENDPOINTS, answer.references().endpoints());
        ask(TypeUrls.ROUTES, answer.references().routes());
        ask(TypeUrls.EXTENSIONS, answer.references().extensions());
        if (!listenersAsked && (type.equals(TypeUrls.ENDPOINTS) || names.isEmpty())) {
            listenersAsked = true;
            sender.send(TypeUrls.LISTENERS, Set.of(), false);
        }
        if (!complete && type.equals(TypeUrls.ROUTES)) {
            complete = true;
            swarm.completed();
        }
        round = swarm.acknowledged(answer, round);
        sender.next();
    }

    private void ask(String typeUrl, Set<String> wanted) {
        if (wanted.isEmpty()) {
            return;
        }
        var held = names.computeIfAbsent(typeUrl, _ -> new TreeSet<>());
        var added = new TreeSet<>(wanted);
        added.removeAll(held);
        if (!added.isEmpty()) {
            held.addAll(added);
            sender.send(typeUrl, added, false);
        }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        swarm.closed(status);
    }

    void close() {
        sender.cancel();
        channel.shutdownNow();
    }

    /// The sending side. What the two protocols share is everything but the form of a request.
    private abstract class Sender<Q> {
        private final ClientCall<Q, Answer> call;

        Sender(ClientCall<Q, Answer> call) {
            this.call = call;
            call.start(ProxyStream.this, new Metadata());
            call.request(1);
        }

        /// @param node null in all requests but the first
        abstract Q request(
                String typeUrl, Set<String> added, boolean acknowledges, @Nullable Node node);

        void send(String typeUrl, Set<String> added, boolean acknowledges) {
            call.sendMessage(request(typeUrl, added, acknowledges, first ? node : null));
            first = false;
        }

        /// Lets the next message come.
        void next() {
            call.request(1);
        }

        void cancel() {
            call.cancel("the measurement is over", null);
        }
    }

    private final class Delta extends Sender<DeltaDiscoveryRequest> {
        Delta(ClientCall<DeltaDiscoveryRequest, Answer> call) {
            super(call);
        }

        @Override
        DeltaDiscoveryRequest request(
                String typeUrl, Set<String> added, boolean acknowledges, @Nullable Node node) {
            var request =
                    DeltaDiscoveryRequest.newBuilder()
                            .setTypeUrl(typeUrl)
                            .addAllResourceNamesSubscribe(added);
            if (acknowledges) {
                request.setResponseNonce(nonces.getOrDefault(typeUrl, ""));
            }
            if (node != null) {
                request.setNode(node);
            }
            return request.build();
        }
    }

    private final class Whole extends Sender<DiscoveryRequest> {
        Whole(ClientCall<DiscoveryRequest, Answer> call) {
            super(call);
        }

        @Override
        DiscoveryRequest request(
                String typeUrl, Set<String> added, boolean acknowledges, @Nullable Node node) {
            var request =
                    DiscoveryRequest.newBuilder()
                            .setTypeUrl(typeUrl)
                            .addAllResourceNames(names.getOrDefault(typeUrl, Set.of()))
                            .setVersionInfo(versions.getOrDefault(typeUrl, ""))
                            .setResponseNonce(nonces.getOrDefault(typeUrl, ""));
            if (node != null) {
                request.setNode(node);
            }
            return request.build();
        }
    }
}
