package dev.quartet.pilot.xds;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.net.InetSocketAddress;

/// Hands a call the IP address that it comes from.
final class PeerAddress implements ServerInterceptor {
    private static final Context.Key<String> ADDRESS = Context.key("peer-address");

    /// The current call's; empty when the transport has none.
    static String current() {
        var address = ADDRESS.get();
        return address == null ? "" : address;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        var peer = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        var address =
                peer instanceof InetSocketAddress socket && socket.getAddress() != null
                        ? withoutZone(socket.getAddress().getHostAddress())
                        : "";
        return Contexts.interceptCall(
                Context.current().withValue(ADDRESS, address), call, headers, next);
    }

    private static String withoutZone(String address) {
        var zone = address.indexOf('%');
        return zone < 0 ? address : address.substring(0, zone);
    }
}
