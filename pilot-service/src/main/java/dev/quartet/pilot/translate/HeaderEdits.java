package dev.quartet.pilot.translate;

import dev.quartet.config.networking.HeaderOperations;
import dev.quartet.config.networking.Headers;
import dev.quartet.config.networking.HttpRoute;
import dev.quartet.config.networking.HttpRouteDestination;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The changes to headers that a route or one of its destinations asks for, in today's form and in the older one.
///
/// @param host what the service sees as the request's host. Envoy refuses it among headers: it is part of the action
record HeaderEdits(
        List<HeaderValueOption> requestAdd,
        List<String> requestRemove,
        List<HeaderValueOption> responseAdd,
        List<String> responseRemove,
        Optional<String> host) {

    static HeaderEdits of(HttpRoute route) {
        var edits = of(route.headers());
        edits.add(edits.requestAdd, route.appendHeaders());
        edits.add(edits.requestAdd, route.appendRequestHeaders());
        edits.requestRemove.addAll(route.removeRequestHeaders());
        edits.add(edits.responseAdd, route.appendResponseHeaders());
        edits.responseRemove.addAll(route.removeResponseHeaders());
        return edits;
    }

    static HeaderEdits of(HttpRouteDestination destination) {
        var edits = of(destination.headers());
        edits.add(edits.requestAdd, destination.appendRequestHeaders());
        edits.requestRemove.addAll(destination.removeRequestHeaders());
        edits.add(edits.responseAdd, destination.appendResponseHeaders());
        edits.responseRemove.addAll(destination.removeResponseHeaders());
        return edits;
    }

    private static HeaderEdits of(@Nullable Headers headers) {
        var request = headers == null ? null : headers.request();
        var response = headers == null ? null : headers.response();
        var edits =
                new HeaderEdits(
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        request == null ? Optional.empty() : host(request));
        if (request != null) {
            edits.set(edits.requestAdd, request.set());
            edits.add(edits.requestAdd, request.add());
            edits.requestRemove.addAll(request.remove());
        }
        if (response != null) {
            edits.set(edits.responseAdd, response.set());
            edits.add(edits.responseAdd, response.add());
            edits.responseRemove.addAll(response.remove());
        }
        return edits;
    }

    /// A request has one host, so adding one replaces it too.
    private static Optional<String> host(HeaderOperations request) {
        var all = new ArrayList<>(request.set().entrySet());
        all.addAll(request.add().entrySet());
        return all.stream()
                .filter(header -> isHost(header.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private static boolean isHost(String name) {
        return name.equalsIgnoreCase("host") || name.equals(":authority");
    }

    private void set(List<HeaderValueOption> options, Map<String, String> headers) {
        put(options, headers, HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD);
    }

    private void add(List<HeaderValueOption> options, Map<String, String> headers) {
        put(options, headers, HeaderAppendAction.APPEND_IF_EXISTS_OR_ADD);
    }

    private static void put(
            List<HeaderValueOption> options,
            Map<String, String> headers,
            HeaderAppendAction action) {
        headers.forEach((name, value) -> {
            if (!isHost(name)) {
                options.add(option(name, value, action));
            }
        });
    }

    boolean isEmpty() {
        return requestAdd.isEmpty()
                && requestRemove.isEmpty()
                && responseAdd.isEmpty()
                && responseRemove.isEmpty()
                && host.isEmpty();
    }

    void applyTo(Route.Builder route) {
        route.addAllRequestHeadersToAdd(requestAdd)
                .addAllRequestHeadersToRemove(requestRemove)
                .addAllResponseHeadersToAdd(responseAdd)
                .addAllResponseHeadersToRemove(responseRemove);
    }

    void applyHostTo(RouteAction.Builder action) {
        host.ifPresent(action::setHostRewriteLiteral);
    }

    void applyTo(ClusterWeight.Builder weight) {
        weight.addAllRequestHeadersToAdd(requestAdd)
                .addAllRequestHeadersToRemove(requestRemove)
                .addAllResponseHeadersToAdd(responseAdd)
                .addAllResponseHeadersToRemove(responseRemove);
        host.ifPresent(weight::setHostRewriteLiteral);
    }

    /// The caller says who it is. Only to services of the mesh: nobody outside needs to know.
    static HeaderValueOption peer() {
        return option(
                Names.PEER_HEADER,
                "%CEL(xds.node.metadata.PEER)%",
                HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD);
    }

    private static HeaderValueOption option(String name, String value, HeaderAppendAction action) {
        return HeaderValueOption.newBuilder()
                .setHeader(HeaderValue.newBuilder().setKey(name).setValue(value))
                .setAppendAction(action)
                .build();
    }
}
