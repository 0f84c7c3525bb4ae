package dev.quartet.pilot.patch;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.quartet.config.Tree;
import dev.quartet.config.networking.EnvoyFilter.ApplyTo;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Reads the value of a patch as the message that it is for.
final class PatchValue {
    private static final Pattern OLD = Pattern.compile("\\.v2(alpha[0-9]*)?\\.");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private PatchValue() {}

    /// The value is none of Envoy's; the message says why, for people.
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1;

        Unreadable(String message) {
            super(message);
        }
    }

    static Message read(ApplyTo applyTo, Tree value) throws Unreadable {
        var builder = type(applyTo).newBuilderForType();
        var types = JsonFormat.TypeRegistry.newBuilder();
        addTypes(value, types);
        try {
            JsonFormat.parser()
                    .usingTypeRegistry(types.build())
                    .merge(JSON.writeValueAsString(plain(value)), builder);
        } catch (InvalidProtocolBufferException wrong) {
            throw new Unreadable(String.valueOf(wrong.getMessage()));
        }
        return builder.build();
    }

    private static Message type(ApplyTo applyTo) {
        return switch (applyTo) {
            case LISTENER -> Listener.getDefaultInstance();
            case FILTER_CHAIN -> FilterChain.getDefaultInstance();
            case NETWORK_FILTER -> Filter.getDefaultInstance();
            case HTTP_FILTER -> HttpFilter.getDefaultInstance();
            case LISTENER_FILTER -> ListenerFilter.getDefaultInstance();
            case ROUTE_CONFIGURATION -> RouteConfiguration.getDefaultInstance();
            case VIRTUAL_HOST -> VirtualHost.getDefaultInstance();
            case HTTP_ROUTE -> Route.getDefaultInstance();
            case CLUSTER -> Cluster.getDefaultInstance();
            case EXTENSION_CONFIG -> TypedExtensionConfig.getDefaultInstance();
            case BOOTSTRAP ->
                    throw new IllegalArgumentException("a bootstrap is made before Pilot is asked");
        };
    }

    private static void addTypes(Tree value, JsonFormat.TypeRegistry.Builder types)
            throws Unreadable {
        switch (value) {
            case Tree.Fields(var fields) -> {
                if (fields.get("@type") instanceof Tree.Text(var url)) {
                    types.add(type(url).getDescriptorForType());
                }
                for (var inner : fields.values()) {
                    addTypes(inner, types);
                }
            }
            case Tree.Items(var items) -> {
                for (var item : items) {
                    addTypes(item, types);
                }
            }
            case Tree.Text _, Tree.Num _, Tree.Bool _, Tree.Null _ -> {}
        }
    }

    /// Of the old API's messages there are classes, too.
    private static Message type(String url) throws Unreadable {
        if (OLD.matcher(url).find()) {
            throw new Unreadable(url + " is of Envoy's API v2, which no Envoy of today reads");
        }
        return EnvoyTypes.ofUrl(url)
                .orElseThrow(() -> new Unreadable(url + " is no message of Envoy's API v3"));
    }

    private static @Nullable Object plain(Tree value) {
        return switch (value) {
            case Tree.Fields(var fields) -> {
                var plain = new LinkedHashMap<String, @Nullable Object>();
                fields.forEach((name, inner) -> plain.put(name, plain(inner)));
                yield plain;
            }
            case Tree.Items(var items) -> {
                List<@Nullable Object> plain = new ArrayList<>();
                items.forEach(item -> plain.add(plain(item)));
                yield plain;
            }
            case Tree.Text(var text) -> text;
            case Tree.Num(var number) -> number;
            case Tree.Bool(var truth) -> truth;
            case Tree.Null() -> null;
        };
    }
}
