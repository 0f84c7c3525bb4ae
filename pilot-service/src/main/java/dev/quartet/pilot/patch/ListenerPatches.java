package dev.quartet.pilot.patch;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.quartet.config.networking.EnvoyFilter;
import dev.quartet.config.networking.EnvoyFilter.ApplyTo;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Patches of one listener, its chains and their filters.
final class ListenerPatches {
    private static final String CONNECTION_MANAGER =
            "envoy.filters.network.http_connection_manager";
    private static final Set<String> LAST_OF_CHAIN =
            Set.of(
                    CONNECTION_MANAGER,
                    "envoy.filters.network.tcp_proxy",
                    "envoy.filters.network.redis_proxy");

    /// It takes what is captured, whatever its port: each of its chains is a port of the workload.
    private static final String CAPTURED = "virtualInbound";

    private final List<Patch> patches;
    private final Set<PatchId> by;

    /// @param patches for the side that the listener is on
    /// @param by gets the patches that did something
    ListenerPatches(List<Patch> patches, Set<PatchId> by) {
        this.patches = patches;
        this.by = by;
    }

    /// @return empty when it is taken out
    Optional<Listener> apply(Listener listener) {
        var changed = listener;
        for (var patch : patches) {
            if (patch.applyTo() != ApplyTo.LISTENER || patch.adds() || !isMeant(patch, listener)) {
                continue;
            }
            by.add(patch.id());
            switch (patch.operation()) {
                case REMOVE -> {
                    return Optional.empty();
                }
                case REPLACE -> changed = named(patch.value(Listener.class), listener);
                default ->
                        changed = named(Merge.of(changed, patch.value(Listener.class)), listener);
            }
        }
        return Optional.of(inner(changed));
    }

    /// By its name Envoy knows what it replaces.
    private static Listener named(Listener patched, Listener before) {
        return patched.toBuilder().setName(before.getName()).build();
    }

    private Listener inner(Listener listener) {
        var builder = listener.toBuilder();
        var filters =
                new OfListenerFilters()
                        .edit(
                                listener.getListenerFiltersList(),
                                of(ApplyTo.LISTENER_FILTER, listener));
        if (!filters.equals(listener.getListenerFiltersList())) {
            builder.clearListenerFilters().addAllListenerFilters(filters);
        }
        var chains =
                new OfChains(listener)
                        .edit(listener.getFilterChainsList(), of(ApplyTo.FILTER_CHAIN, listener));
        builder.clearFilterChains();
        chains.forEach(chain -> builder.addFilterChains(chain(listener, chain)));
        if (listener.hasDefaultFilterChain()) {
            builder.setDefaultFilterChain(chain(listener, listener.getDefaultFilterChain()));
        }
        return builder.build();
    }

    private List<Patch> of(ApplyTo applyTo, Listener listener) {
        return patches.stream()
                .filter(patch -> patch.applyTo() == applyTo && isMeant(patch, listener))
                .toList();
    }

    private FilterChain chain(Listener listener, FilterChain chain) {
        var network =
                of(ApplyTo.NETWORK_FILTER, listener).stream()
                        .filter(patch -> isMeant(patch, listener, chain))
                        .toList();
        var http =
                of(ApplyTo.HTTP_FILTER, listener).stream()
                        .filter(patch -> isMeant(patch, listener, chain))
                        .toList();
        if (network.isEmpty() && http.isEmpty()) {
            return chain;
        }
        var filters = new OfNetworkFilters().edit(chain.getFiltersList(), network);
        var builder = chain.toBuilder().clearFilters();
        filters.forEach(filter -> builder.addFilters(withHttpFilters(filter, http)));
        return builder.build();
    }

    private Filter withHttpFilters(Filter filter, List<Patch> patches) {
        var meant =
                patches.stream()
                        .filter(patch ->
                                named(patch)
                                        .map(name -> FilterNames.isMeant(name, filter.getName()))
                                        .orElse(true))
                        .toList();
        if (meant.isEmpty()
                || !filter.hasTypedConfig()
                || !filter.getTypedConfig().is(HttpConnectionManager.class)) {
            return filter;
        }
        try {
            var manager = filter.getTypedConfig().unpack(HttpConnectionManager.class);
            var filters = new OfHttpFilters().edit(manager.getHttpFiltersList(), meant);
            return filter.toBuilder()
                    .setTypedConfig(
                            Any.pack(
                                    manager.toBuilder()
                                            .clearHttpFilters()
                                            .addAllHttpFilters(filters)
                                            .build()))
                    .build();
        } catch (InvalidProtocolBufferException wrong) {
            throw new IllegalStateException("it was made here", wrong);
        }
    }

    private static boolean isMeant(Patch patch, Listener listener) {
        var wanted = patch.listener();
        if (wanted.isEmpty()) {
            return true;
        }
        var match = wanted.get();
        var port = match.portNumber();
        var inner = patch.applyTo() != ApplyTo.LISTENER && listener.getName().equals(CAPTURED);
        return says(match.name(), listener.getName())
                && (port == null
                        || inner
                        || port == listener.getAddress().getSocketAddress().getPortValue());
    }

    private static boolean isMeant(Patch patch, Listener listener, FilterChain chain) {
        var match = chain.getFilterChainMatch();
        var port = patch.listener().map(EnvoyFilter.ListenerMatch::portNumber);
        if (listener.getName().equals(CAPTURED)
                && port.isPresent()
                && port.get() != match.getDestinationPort().getValue()
                && port.get() != listener.getAddress().getSocketAddress().getPortValue()) {
            return false;
        }
        var wanted = patch.chain();
        if (wanted.isEmpty()) {
            return true;
        }
        var told = wanted.get();
        return says(told.name(), chain.getName())
                && (told.sni() == null || match.getServerNamesList().contains(told.sni()))
                && says(told.transportProtocol(), match.getTransportProtocol())
                && (told.applicationProtocols() == null
                        || match.getApplicationProtocolsList()
                                .containsAll(
                                        Arrays.stream(told.applicationProtocols().split(","))
                                                .map(String::strip)
                                                .toList()))
                && (told.destinationPort() == null
                        || told.destinationPort() == match.getDestinationPort().getValue());
    }

    private static boolean says(@Nullable String wanted, String name) {
        return wanted == null || wanted.isEmpty() || wanted.equals(name);
    }

    /// Of the network filter.
    private static Optional<String> named(Patch patch) {
        return patch.chain()
                .map(EnvoyFilter.FilterChainMatch::filter)
                .map(EnvoyFilter.FilterMatch::name)
                .filter(name -> !name.isEmpty());
    }

    private final class OfListenerFilters extends Items<ListenerFilter> {
        OfListenerFilters() {
            super(ListenerFilter.class, by);
        }

        @Override
        boolean namesOne(Patch patch) {
            return patch.listener().map(EnvoyFilter.ListenerMatch::listenerFilter).isPresent();
        }

        @Override
        boolean isMeant(Patch patch, ListenerFilter filter) {
            return patch.listener()
                    .map(EnvoyFilter.ListenerMatch::listenerFilter)
                    .map(name -> FilterNames.isMeant(name, filter.getName()))
                    .orElse(true);
        }
    }

    private final class OfChains extends Items<FilterChain> {
        private final Listener listener;

        OfChains(Listener listener) {
            super(FilterChain.class, by);
            this.listener = listener;
        }

        @Override
        boolean namesOne(Patch patch) {
            return patch.chain().isPresent();
        }

        @Override
        boolean isMeant(Patch patch, FilterChain chain) {
            return ListenerPatches.isMeant(patch, listener, chain)
                    && named(patch)
                            .map(name ->
                                    chain.getFiltersList().stream()
                                            .anyMatch(filter ->
                                                    FilterNames.isMeant(name, filter.getName())))
                            .orElse(true);
        }
    }

    private final class OfNetworkFilters extends Items<Filter> {
        OfNetworkFilters() {
            super(Filter.class, by);
        }

        @Override
        boolean namesOne(Patch patch) {
            return named(patch).isPresent();
        }

        @Override
        boolean isMeant(Patch patch, Filter filter) {
            return named(patch)
                    .map(name -> FilterNames.isMeant(name, filter.getName()))
                    .orElse(true);
        }

        @Override
        boolean isLast(Filter filter) {
            return LAST_OF_CHAIN.contains(filter.getName());
        }
    }

    private final class OfHttpFilters extends Items<HttpFilter> {
        OfHttpFilters() {
            super(HttpFilter.class, by);
        }

        @Override
        boolean namesOne(Patch patch) {
            return name(patch).isPresent();
        }

        @Override
        boolean isMeant(Patch patch, HttpFilter filter) {
            return name(patch).map(name -> FilterNames.isMeant(name, filter)).orElse(true);
        }

        @Override
        boolean isLast(HttpFilter filter) {
            return filter.getName().equals("envoy.filters.http.router");
        }

        private static Optional<String> name(Patch patch) {
            return patch.chain()
                    .map(EnvoyFilter.FilterChainMatch::filter)
                    .map(EnvoyFilter.FilterMatch::subFilter)
                    .map(EnvoyFilter.SubFilterMatch::name);
        }
    }
}
