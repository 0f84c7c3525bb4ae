package dev.quartet.config.networking;

import dev.quartet.config.schema.OneOf;
import dev.quartet.config.schema.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

public record ReadinessProbe(
        @Nullable Integer initialDelaySeconds,
        @Nullable Integer timeoutSeconds,
        @Nullable Integer periodSeconds,
        @Nullable Integer successThreshold,
        @Nullable Integer failureThreshold,
        @OneOf("probe") @Nullable HttpGet httpGet,
        @OneOf("probe") @Nullable TcpSocket tcpSocket,
        @OneOf("probe") @Nullable Exec exec,
        @OneOf("probe") @Nullable Grpc grpc) {

    public record HttpGet(
            @Nullable String path,
            @Required Integer port,
            @Nullable String host,
            @Nullable String scheme,
            List<HttpHeader> httpHeaders) {
        public HttpGet {
            httpHeaders = List.copyOf(httpHeaders);
        }
    }

    public record HttpHeader(@Required String name, @Nullable String value) {}

    public record TcpSocket(@Nullable String host, @Required Integer port) {}

    public record Exec(@Required List<String> command) {
        public Exec {
            command = List.copyOf(command);
        }
    }

    public record Grpc(@Nullable Integer port, @Nullable String service) {}
}
