package dev.quartet.config.mixer;

import dev.quartet.config.Spec;
import dev.quartet.config.Tree;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.OneOf;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A configured adapter (Istio 1.4 `policy/v1beta1/cfg.proto`).
///
/// @param compiledAdapter a built-in adapter's name; excludes `adapter`
/// @param adapter the name of an adapter resource that runs out of process
/// @param params the adapter's own settings; typed by policy-model
/// @param name taken from metadata; here for files of Istio's first form
public record Handler(
        @Nullable String name,
        @OneOf("adapter") @Nullable String compiledAdapter,
        @OneOf("adapter") @Nullable String adapter,
        @Nullable Tree params,
        @NotTranslated("adapters out of process come with a later version")
                @Nullable Connection connection)
        implements Spec {

    public record Connection(
            @Required String address,
            @Nullable Duration timeout,
            @Nullable Authentication authentication) {}

    public record Authentication(
            @OneOf("way") @Nullable Tls tls, @OneOf("way") @Nullable Mutual mutual) {}

    public record Tls(
            @Nullable String caCertificates,
            @OneOf("token") @Nullable String tokenPath,
            @OneOf("token") @Nullable OAuth oauth,
            @OneOf("header") @Nullable AuthHeader authHeader,
            @OneOf("header") @Nullable String customHeader,
            @Nullable String serverName) {}

    public enum AuthHeader {
        PLAIN,
        BEARER
    }

    /// @param clientSecret path of the file that holds it
    public record OAuth(
            @Required String clientId,
            @Required String clientSecret,
            @Required String tokenUrl,
            List<String> scopes,
            Map<String, String> endpointParams) {
        public OAuth {
            scopes = List.copyOf(scopes);
            endpointParams = SortedMaps.copyOf(endpointParams);
        }
    }

    public record Mutual(
            @Nullable String privateKey,
            @Nullable String clientCertificate,
            @Nullable String caCertificates,
            @Nullable String serverName) {}
}
