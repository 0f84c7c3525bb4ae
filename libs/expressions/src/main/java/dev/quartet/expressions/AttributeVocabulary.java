package dev.quartet.expressions;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Which attributes there are and the type of each. Immutable.
public final class AttributeVocabulary {
    /// The manifests `istioproxy` and `kubernetes` that Mixer 1.4 comes with.
    private static final String MANIFESTS =
            """
            IP_ADDRESS  origin.ip source.ip destination.ip
            STRING      origin.uid origin.user
            STRING      request.id request.host request.method request.path request.url_path request.reason
            STRING      request.referer request.scheme request.useragent request.api_key
            STRING      request.auth.principal request.auth.audiences request.auth.presenter request.auth.raw_claims
            STRING_MAP  request.headers request.query_params request.auth.claims response.headers
            INT64       request.total_size request.size response.code response.total_size response.size
            TIMESTAMP   request.time response.time context.timestamp context.time
            DURATION    response.duration connection.duration
            STRING      response.grpc_status response.grpc_message
            STRING      source.uid source.principal destination.uid destination.principal
            INT64       destination.port
            STRING      connection.event connection.id connection.requested_server_name
            INT64       connection.received.bytes connection.received.bytes_total
            INT64       connection.sent.bytes connection.sent.bytes_total
            BOOL        connection.mtls context.reporter.local check.cache_hit quota.cache_hit
            STRING      context.protocol context.proxy_error_code context.proxy_version
            STRING      context.reporter.kind context.reporter.uid
            STRING      api.service api.version api.operation api.protocol
            STRING      rbac.permissive.response_code rbac.permissive.effective_policy_id
            INT64       check.error_code
            STRING      check.error_message
            STRING_MAP  source.labels source.metadata destination.labels destination.metadata
            STRING      source.name source.namespace source.owner source.serviceAccount source.services
            STRING      source.workload.uid source.workload.name source.workload.namespace
            STRING      destination.name destination.namespace destination.owner destination.serviceAccount
            STRING      destination.container.name
            STRING      destination.service.uid destination.service.name destination.service.namespace
            STRING      destination.service.host
            STRING      destination.workload.uid destination.workload.name destination.workload.namespace
            """;

    private static final AttributeVocabulary STANDARD = new AttributeVocabulary(read(MANIFESTS));

    private final Map<String, ValueType> types;

    private AttributeVocabulary(Map<String, ValueType> types) {
        this.types = Collections.unmodifiableMap(new TreeMap<>(types));
    }

    /// The 89 attributes of Istio's manifests `istioproxy` and `kubernetes`.
    public static AttributeVocabulary standard() {
        return STANDARD;
    }

    public static AttributeVocabulary of(Map<String, ValueType> types) {
        return new AttributeVocabulary(types);
    }

    /// This vocabulary and one attribute more; a name that is there already gets the new type.
    public AttributeVocabulary with(String name, ValueType type) {
        return with(Map.of(name, type));
    }

    public AttributeVocabulary with(Map<String, ValueType> more) {
        var all = new LinkedHashMap<>(types);
        all.putAll(more);
        return new AttributeVocabulary(all);
    }

    public Optional<ValueType> type(String name) {
        return Optional.ofNullable(types.get(name));
    }

    /// Sorted.
    public Set<String> names() {
        return types.keySet();
    }

    private static Map<String, ValueType> read(String manifests) {
        var types = new LinkedHashMap<String, ValueType>();
        manifests
                .lines()
                .forEach(line -> {
                    var words = line.split(" +");
                    for (var word = 1; word < words.length; word++) {
                        types.put(words[word], ValueType.valueOf(words[0]));
                    }
                });
        return types;
    }
}
