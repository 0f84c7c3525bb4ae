package dev.quartet.pilot.snapshot;

import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.mesh.ProxyConfig;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What proxies write down of requests and connections, beside Mixer's reports.
///
/// @param file where each of them writes lines
/// @param service where all of them send entries by gRPC
public record AccessLogSettings(Optional<LogFile> file, Optional<Collector> service) {
    static final AccessLogSettings NONE = new AccessLogSettings(Optional.empty(), Optional.empty());

    /// The order of Istio 1.4, so that what reads its lines reads these; in the place of Mixer's status is why the answer is what
    /// it is, which names the check as well.
    private static final Format TEXT =
            new Format.Text(
                    String.join(
                            " ",
                            "[%START_TIME%]",
                            "\"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\"",
                            "%RESPONSE_CODE% %RESPONSE_FLAGS% \"%RESPONSE_CODE_DETAILS%\"",
                            "\"%UPSTREAM_TRANSPORT_FAILURE_REASON%\"",
                            "%BYTES_RECEIVED% %BYTES_SENT% %DURATION%",
                            "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
                            "\"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\"",
                            "\"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\"",
                            "\"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER% %UPSTREAM_LOCAL_ADDRESS%",
                            "%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS%",
                            "%REQUESTED_SERVER_NAME% %ROUTE_NAME%\n"));

    private static final Format JSON =
            new Format.Json(
                    """
                    {
                      "start_time": "%START_TIME%",
                      "method": "%REQ(:METHOD)%",
                      "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
                      "protocol": "%PROTOCOL%",
                      "response_code": "%RESPONSE_CODE%",
                      "response_flags": "%RESPONSE_FLAGS%",
                      "response_code_details": "%RESPONSE_CODE_DETAILS%",
                      "upstream_transport_failure_reason": "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
                      "bytes_received": "%BYTES_RECEIVED%",
                      "bytes_sent": "%BYTES_SENT%",
                      "duration": "%DURATION%",
                      "upstream_service_time": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
                      "x_forwarded_for": "%REQ(X-FORWARDED-FOR)%",
                      "user_agent": "%REQ(USER-AGENT)%",
                      "request_id": "%REQ(X-REQUEST-ID)%",
                      "authority": "%REQ(:AUTHORITY)%",
                      "upstream_host": "%UPSTREAM_HOST%",
                      "upstream_cluster": "%UPSTREAM_CLUSTER%",
                      "upstream_local_address": "%UPSTREAM_LOCAL_ADDRESS%",
                      "downstream_local_address": "%DOWNSTREAM_LOCAL_ADDRESS%",
                      "downstream_remote_address": "%DOWNSTREAM_REMOTE_ADDRESS%",
                      "requested_server_name": "%REQUESTED_SERVER_NAME%",
                      "route_name": "%ROUTE_NAME%"
                    }
                    """);

    public record LogFile(String path, Format format) {}

    /// How a line is made.
    public sealed interface Format {
        /// @param line with Envoy's command operators, and its end
        record Text(String line) implements Format {}

        /// @param object JSON, whose texts have command operators
        record Json(String object) implements Format {}
    }

    static AccessLogSettings of(MeshConfig config) {
        var path = config.accessLogFile();
        var proxies = config.defaultConfig();
        return new AccessLogSettings(
                path == null || path.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new LogFile(path, format(config))),
                Boolean.TRUE.equals(config.enableEnvoyAccessLogService()) && proxies != null
                        ? service(proxies.envoyAccessLogService())
                        : Optional.empty());
    }

    private static Format format(MeshConfig config) {
        var written = config.accessLogFormat();
        var json = config.accessLogEncoding() == MeshConfig.AccessLogEncoding.JSON;
        if (written == null || written.isEmpty()) {
            return json ? JSON : TEXT;
        }
        if (json) {
            return new Format.Json(written);
        }
        // else all requests would stand in one line
        return new Format.Text(written.endsWith("\n") ? written : written + "\n");
    }

    private static Optional<Collector> service(ProxyConfig.@Nullable RemoteService service) {
        return service == null
                ? Optional.empty()
                : MeshSettings.HostPort.parse(service.address())
                        .map(address ->
                                new Collector(
                                        address,
                                        Optional.ofNullable(service.tlsSettings()),
                                        Optional.ofNullable(service.tcpKeepalive())));
    }
}
