package dev.quartet.pilot.translate;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.Value;
import dev.quartet.config.networking.StringMatch;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.Pipe;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.Map;

/// Small parts that every Envoy resource is made of.
final class Envoy {
    static final String SOCKET_FILE = "unix://";
    private static final Duration FOR_EVER = Duration.getDefaultInstance();

    private Envoy() {}

    static Any any(Message message) {
        return Any.pack(message);
    }

    static UInt32Value number(int value) {
        return UInt32Value.of(value);
    }

    static BoolValue yes() {
        return BoolValue.of(true);
    }

    static BoolValue no() {
        return BoolValue.of(false);
    }

    /// A field that Envoy has and the generated API, which is older, has not: written by its number.
    static UnknownFieldSet newer(int number, UnknownFieldSet.Field.Builder value) {
        return UnknownFieldSet.newBuilder().addField(number, value.build()).build();
    }

    static Duration duration(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }

    /// @param ip or `unix:///path`, which has no port
    static Address address(String ip, int port) {
        if (ip.startsWith(SOCKET_FILE)) {
            return Address.newBuilder()
                    .setPipe(Pipe.newBuilder().setPath(ip.substring(SOCKET_FILE.length())))
                    .build();
        }
        return Address.newBuilder()
                .setSocketAddress(SocketAddress.newBuilder().setAddress(ip).setPortValue(port))
                .build();
    }

    /// @param endpoint `address:port`, the address of IPv6 in brackets, or `unix:///path`
    static Address address(String endpoint) {
        if (endpoint.startsWith(SOCKET_FILE)) {
            return address(endpoint, 0);
        }
        var colon = endpoint.lastIndexOf(':');
        var ip = endpoint.substring(0, colon);
        return address(
                ip.startsWith("[") ? ip.substring(1, ip.length() - 1) : ip,
                Integer.parseInt(endpoint.substring(colon + 1)));
    }

    /// Listeners, routes and filters wait for their first content for as long as it takes.
    static ConfigSource ads() {
        return ConfigSource.newBuilder()
                .setResourceApiVersion(ApiVersion.V3)
                .setInitialFetchTimeout(FOR_EVER)
                .setAds(AggregatedConfigSource.getDefaultInstance())
                .build();
    }

    /// Endpoints keep Envoy's limit of 15 s: a cluster that waits for ever blocks all later cluster changes.
    static ConfigSource adsForEndpoints() {
        return ConfigSource.newBuilder()
                .setResourceApiVersion(ApiVersion.V3)
                .setAds(AggregatedConfigSource.getDefaultInstance())
                .build();
    }

    static Metadata metadata(String namespace, Map<String, String> values) {
        return Metadata.newBuilder().putFilterMetadata(namespace, struct(values)).build();
    }

    static Struct struct(Map<String, String> values) {
        var struct = Struct.newBuilder();
        values.forEach((key, value) ->
                struct.putFields(key, Value.newBuilder().setStringValue(value).build()));
        return struct.build();
    }

    static StringMatcher matcher(StringMatch match) {
        return switch (match) {
            case StringMatch.Exact(var exact) -> StringMatcher.newBuilder().setExact(exact).build();
            case StringMatch.Prefix(var prefix) ->
                    StringMatcher.newBuilder().setPrefix(prefix).build();
            case StringMatch.Regex(var regex) ->
                    StringMatcher.newBuilder().setSafeRegex(regex(regex)).build();
            case StringMatch.Present() ->
                    StringMatcher.newBuilder().setSafeRegex(regex(".*")).build();
        };
    }

    static RegexMatcher regex(String regex) {
        return RegexMatcher.newBuilder().setRegex(regex).build();
    }
}
