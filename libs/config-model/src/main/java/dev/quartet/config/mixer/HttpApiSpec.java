package dev.quartet.config.mixer;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.OneOf;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The operations of an HTTP API, and the attributes that a request to each gets
/// (Istio 1.4 `mixer/v1/config/client/api_spec.proto`).
///
/// @param attributes of every request, for example `api.service`
/// @param patterns the first that matches counts
/// @param apiKeys where `request.api_key` comes from; the first that is there counts
@NotTranslated("requests get no attributes of an API")
public record HttpApiSpec(
        @Nullable Attributes attributes, @Required List<Pattern> patterns, List<ApiKey> apiKeys)
        implements Spec {
    public HttpApiSpec {
        patterns = List.copyOf(patterns);
        apiKeys = List.copyOf(apiKeys);
    }

    public record Attributes(@Required Map<String, AttributeValue> attributes) {
        public Attributes {
            attributes = SortedMaps.copyOf(attributes);
        }
    }

    /// @param bytesValue in base64
    /// @param timestampValue RFC 3339
    public record AttributeValue(
            @OneOf("value") @Nullable String stringValue,
            @OneOf("value") @Nullable Long int64Value,
            @OneOf("value") @Nullable Double doubleValue,
            @OneOf("value") @Nullable Boolean boolValue,
            @OneOf("value") @Nullable String bytesValue,
            @OneOf("value") @Nullable String timestampValue,
            @OneOf("value") @Nullable Duration durationValue,
            @OneOf("value") @Nullable StringMap stringMapValue) {}

    public record StringMap(Map<String, String> entries) {
        public StringMap {
            entries = SortedMaps.copyOf(entries);
        }
    }

    /// @param attributes of requests that match, for example `api.operation`
    /// @param uriTemplate RFC 6570, level 1 and path segments
    /// @param regex RE2 syntax; the whole path must match
    public record Pattern(
            @Nullable Attributes attributes,
            @Required String httpMethod,
            @OneOf("path") @Nullable String uriTemplate,
            @OneOf("path") @Nullable String regex) {}

    public record ApiKey(
            @OneOf("place") @Nullable String query,
            @OneOf("place") @Nullable String header,
            @OneOf("place") @Nullable String cookie) {}
}
