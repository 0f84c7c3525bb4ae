package dev.quartet.imports.envoyfilter;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Tree;
import dev.quartet.config.schema.Names;
import dev.quartet.imports.OldFields;
import dev.quartet.imports.Told;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Envoy's filters by their names of old, and those of which it is certain what their config of v2 is in v3. A field that is not
/// listed here was renamed, removed or given another meaning between the two, or nobody has looked.
final class EnvoyFilters {
    static final String TCP_PROXY = "envoy.filters.network.tcp_proxy";
    private static final String TYPE = "type.googleapis.com/envoy.extensions.filters.";

    /// What may stand in a message, by camel-case names.
    private sealed interface Shape {
        record Any() implements Shape {}

        record Message(Map<String, Shape> fields) implements Shape {}
    }

    private static final Shape ANY = new Shape.Any();

    /// @param todaysName as stock Envoy lists it
    /// @param type of the message, behind [#TYPE]
    private record Filter(String oldName, String todaysName, String type, Shape.Message config) {}

    private static final Shape.Message EMPTY = message(Map.of());
    private static final Shape PERCENTAGE = fields("numerator", "denominator");
    private static final Shape GRPC_SERVICE =
            message(Map.of("envoyGrpc", fields("clusterName", "authority"), "timeout", ANY));

    private static final List<Filter> HTTP =
            List.of(
                    new Filter("envoy.cors", "envoy.filters.http.cors", "http.cors.v3.Cors", EMPTY),
                    new Filter(
                            "envoy.grpc_web",
                            "envoy.filters.http.grpc_web",
                            "http.grpc_web.v3.GrpcWeb",
                            EMPTY),
                    new Filter(
                            "envoy.grpc_http1_bridge",
                            "envoy.filters.http.grpc_http1_bridge",
                            "http.grpc_http1_bridge.v3.Config",
                            EMPTY),
                    new Filter(
                            "envoy.grpc_json_transcoder",
                            "envoy.filters.http.grpc_json_transcoder",
                            "http.grpc_json_transcoder.v3.GrpcJsonTranscoder",
                            message(
                                    Map.of(
                                            "protoDescriptor", ANY,
                                            "protoDescriptorBin", ANY,
                                            "services", ANY,
                                            "printOptions",
                                                    fields(
                                                            "addWhitespace",
                                                            "alwaysPrintPrimitiveFields",
                                                            "alwaysPrintEnumsAsInts",
                                                            "preserveProtoFieldNames"),
                                            "matchIncomingRequestRoute", ANY,
                                            "ignoredQueryParameters", ANY,
                                            "autoMapping", ANY))),
                    new Filter(
                            "envoy.lua",
                            "envoy.filters.http.lua",
                            "http.lua.v3.Lua",
                            fields("inlineCode")),
                    new Filter(
                            "envoy.fault",
                            "envoy.filters.http.fault",
                            "http.fault.v3.HTTPFault",
                            message(
                                    Map.of(
                                            "delay",
                                                    message(
                                                            Map.of(
                                                                    "fixedDelay", ANY,
                                                                    "percentage", PERCENTAGE)),
                                            "abort",
                                                    message(
                                                            Map.of(
                                                                    "httpStatus", ANY,
                                                                    "percentage", PERCENTAGE)),
                                            "upstreamCluster", ANY,
                                            "downstreamNodes", ANY,
                                            "maxActiveFaults", ANY))),
                    new Filter(
                            "envoy.buffer",
                            "envoy.filters.http.buffer",
                            "http.buffer.v3.Buffer",
                            fields("maxRequestBytes")),
                    new Filter(
                            "envoy.health_check",
                            "envoy.filters.http.health_check",
                            "http.health_check.v3.HealthCheck",
                            fields("passThroughMode", "cacheTime")),
                    new Filter(
                            "envoy.ext_authz",
                            "envoy.filters.http.ext_authz",
                            "http.ext_authz.v3.ExtAuthz",
                            message(
                                    Map.of(
                                            "grpcService",
                                            GRPC_SERVICE,
                                            "httpService",
                                            message(
                                                    Map.of(
                                                            "serverUri",
                                                            fields("uri", "cluster", "timeout"),
                                                            "pathPrefix",
                                                            ANY)),
                                            "failureModeAllow",
                                            ANY,
                                            "withRequestBody",
                                            fields("maxRequestBytes", "allowPartialMessage"),
                                            "clearRouteCache",
                                            ANY,
                                            "statusOnError",
                                            fields("code")))));

    private static final List<Filter> NETWORK =
            List.of(
                    new Filter(
                            "envoy.ext_authz",
                            "envoy.filters.network.ext_authz",
                            "network.ext_authz.v3.ExtAuthz",
                            message(
                                    Map.of(
                                            "statPrefix", ANY,
                                            "grpcService", GRPC_SERVICE,
                                            "failureModeAllow", ANY))),
                    new Filter(
                            "envoy.mongo_proxy",
                            "envoy.filters.network.mongo_proxy",
                            "network.mongo_proxy.v3.MongoProxy",
                            fields("statPrefix")),
                    new Filter(
                            "envoy.filters.network.sni_cluster",
                            "envoy.filters.network.sni_cluster",
                            "network.sni_cluster.v3.SniCluster",
                            EMPTY));

    /// Filters that others may stand beside, though none of them is made.
    private static final Map<String, String> PLACES_HTTP =
            Map.of(
                    "envoy.router", "envoy.filters.http.router",
                    "envoy.rate_limit", "envoy.filters.http.ratelimit",
                    "envoy.filters.http.jwt_authn", "envoy.filters.http.jwt_authn",
                    "envoy.filters.http.rbac", "envoy.filters.http.rbac");

    private static final Map<String, String> PLACES_NETWORK =
            Map.of(
                    "envoy.http_connection_manager",
                            "envoy.filters.network.http_connection_manager",
                    "envoy.tcp_proxy", TCP_PROXY,
                    "envoy.redis_proxy", "envoy.filters.network.redis_proxy",
                    "envoy.filters.network.rbac", "envoy.filters.network.rbac");

    private static final Map<String, String> ADVICE =
            Map.of(
                    "envoy.gzip", "write envoy.filters.http.compressor",
                    "envoy.squash", "take it out: Envoy has it no more",
                    "mixer", "take it out: Mixer is called by itself",
                    "istio_authn", "write a PeerAuthentication or a RequestAuthentication",
                    "jwt-auth", "write a RequestAuthentication",
                    "envoy.filters.http.jwt_authn", "write a RequestAuthentication",
                    "envoy.filters.http.rbac", "write an AuthorizationPolicy",
                    "envoy.filters.network.rbac", "write an AuthorizationPolicy");

    private EnvoyFilters() {}

    private static Shape.Message message(Map<String, Shape> fields) {
        return new Shape.Message(fields);
    }

    private static Shape.Message fields(String... names) {
        var fields = new LinkedHashMap<String, Shape>();
        for (var name : names) {
            fields.put(name, ANY);
        }
        return message(fields);
    }

    private static List<Filter> all(boolean http) {
        return http ? HTTP : NETWORK;
    }

    /// By either name; empty for one that is not known.
    static Optional<String> todaysName(String name, boolean http) {
        var places = http ? PLACES_HTTP : PLACES_NETWORK;
        if (places.containsKey(name)) {
            return Optional.of(places.get(name));
        }
        if (places.containsValue(name)) {
            return Optional.of(name);
        }
        return known(name, http).map(Filter::todaysName);
    }

    private static Optional<Filter> known(String name, boolean http) {
        return all(http).stream()
                .filter(it -> it.oldName().equals(name) || it.todaysName().equals(name))
                .findFirst();
    }

    /// Today's, for messages.
    static List<String> names(boolean http) {
        return Stream.concat(
                        all(http).stream().map(Filter::todaysName),
                        (http ? PLACES_HTTP : PLACES_NETWORK).values().stream())
                .distinct()
                .sorted()
                .toList();
    }

    /// The filter as today's Envoy has it. Empty when that is not certain; then it has been told.
    static Optional<Tree> typed(String name, boolean http, OldFields filter, Told.Of told) {
        var given = filter.tree("filterConfig").orElse(new Tree.Fields(Map.of()));
        var known = known(name, http);
        if (known.isEmpty()) {
            told.refuse(
                    filter.at("filterName"),
                    "what the config of "
                            + quoted(name)
                            + " is in Envoy's API v3 is not known here",
                    ADVICE.getOrDefault(
                            name,
                            "write it as configPatches, with the filter's message of v3 as typed_config"));
            return Optional.empty();
        }
        var path = filter.at("filterConfig");
        var before = new int[1];
        check(
                known.get().config(),
                given,
                path,
                (at, fault) -> {
                    before[0]++;
                    told.refuse(
                            at,
                            fault,
                            "write it as configPatches, with a typed_config of "
                                    + TYPE
                                    + known.get().type());
                });
        if (before[0] > 0 || !(given instanceof Tree.Fields(var config))) {
            return Optional.empty();
        }
        var typed = new TreeMap<String, Tree>(config);
        typed.put("@type", new Tree.Text(TYPE + known.get().type()));
        special(known.get(), typed, path, told);
        var value = new TreeMap<String, Tree>();
        value.put("name", new Tree.Text(known.get().todaysName()));
        value.put("typed_config", new Tree.Fields(typed));
        return Optional.of(new Tree.Fields(value));
    }

    private static void special(
            Filter filter, Map<String, Tree> typed, FieldPath path, Told.Of told) {
        if (filter.oldName().equals("envoy.lua")) {
            for (var name : List.of("inlineCode", "inline_code")) {
                var code = typed.remove(name);
                if (code != null) {
                    typed.put(
                            "default_source_code", new Tree.Fields(Map.of("inline_string", code)));
                }
            }
        }
        if (filter.oldName().equals("envoy.ext_authz")) {
            typed.put("transport_api_version", new Tree.Text("V3"));
            if (typed.containsKey("grpcService") || typed.containsKey("grpc_service")) {
                told.warn(
                        path,
                        "today's Envoy asks by envoy.service.auth.v3; a service that answers v2 alone denies everything",
                        "see that the service answers envoy.service.auth.v3");
            }
        }
    }

    private interface Refusal {
        void tell(FieldPath path, String fault);
    }

    private static void check(Shape shape, Tree tree, FieldPath path, Refusal refusal) {
        switch (shape) {
            case Shape.Any _ -> {}
            case Shape.Message(var fields) -> {
                if (tree instanceof Tree.Fields(var given)) {
                    given.forEach((name, value) -> {
                        var known = fields.get(Names.camelCase(name));
                        if (known == null) {
                            refusal.tell(
                                    path.field(name),
                                    "what "
                                            + quoted(name)
                                            + " is in Envoy's API v3 is not certain");
                        } else {
                            check(known, value, path.field(name), refusal);
                        }
                    });
                } else {
                    refusal.tell(path, "an object with fields is wanted here");
                }
            }
        }
    }
}
