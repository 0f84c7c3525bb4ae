package dev.quartet.pilot.translate;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import dev.quartet.pilot.snapshot.AccessLogSettings;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.CommonGrpcAccessLogConfig;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.TcpGrpcAccessLogConfig;
import java.util.Optional;

/// Envoy's own access logs: lines in a file, and entries for a server of Envoy's AccessLogService.
/// After Istio 1.4, `pilot/pkg/networking/core/v1alpha3/listener.go` `buildAccessLog`.
final class AccessLogs {
    private static final String OF_REQUESTS = "http_envoy_accesslog";
    private static final String OF_CONNECTIONS = "tcp_envoy_accesslog";

    private AccessLogs() {}

    /// For requests and connections alike; what a connection does not have is `-` in its line.
    static Optional<AccessLog> file(AccessLogSettings settings) {
        return settings.file()
                .map(file ->
                        log(
                                "envoy.access_loggers.file",
                                FileAccessLog.newBuilder()
                                        .setPath(file.path())
                                        .setLogFormat(format(file.format()))
                                        .build()));
    }

    private static SubstitutionFormatString format(AccessLogSettings.Format format) {
        var written = SubstitutionFormatString.newBuilder();
        switch (format) {
            case AccessLogSettings.Format.Text(var line) ->
                    written.setTextFormatSource(DataSource.newBuilder().setInlineString(line));
            case AccessLogSettings.Format.Json(var object) -> written.setJsonFormat(struct(object));
        }
        return written.build();
    }

    private static Struct struct(String json) {
        var struct = Struct.newBuilder();
        try {
            JsonFormat.parser().merge(json, struct);
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("the rules take JSON objects only", e);
        }
        return struct.build();
    }

    static Optional<AccessLog> ofRequests(AccessLogSettings settings) {
        return settings.service()
                .map(_ ->
                        log(
                                "envoy.access_loggers.http_grpc",
                                HttpGrpcAccessLogConfig.newBuilder()
                                        .setCommonConfig(toService(OF_REQUESTS))
                                        .build()));
    }

    static Optional<AccessLog> ofConnections(AccessLogSettings settings) {
        return settings.service()
                .map(_ ->
                        log(
                                "envoy.access_loggers.tcp_grpc",
                                TcpGrpcAccessLogConfig.newBuilder()
                                        .setCommonConfig(toService(OF_CONNECTIONS))
                                        .build()));
    }

    private static CommonGrpcAccessLogConfig toService(String name) {
        return CommonGrpcAccessLogConfig.newBuilder()
                .setLogName(name)
                .setTransportApiVersion(ApiVersion.V3)
                .setGrpcService(grpc(Names.ACCESS_LOG_SERVICE))
                .build();
    }

    /// Calls without Envoy's headers, which say who calls inside the mesh.
    static GrpcService.Builder grpc(String cluster) {
        return GrpcService.newBuilder()
                .setEnvoyGrpc(
                        GrpcService.EnvoyGrpc.newBuilder()
                                .setClusterName(cluster)
                                .setSkipEnvoyHeaders(true));
    }

    private static AccessLog log(String name, Message config) {
        return AccessLog.newBuilder().setName(name).setTypedConfig(Envoy.any(config)).build();
    }
}
