package dev.quartet.config.mesh;

import static dev.quartet.config.schema.Names.quoted;

import com.google.re2j.Pattern;
import dev.quartet.config.FieldPath;
import dev.quartet.config.Tree;
import dev.quartet.config.check.Problems;
import dev.quartet.config.read.JsonText;
import dev.quartet.config.schema.Names;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// When Envoy can write a line of an access log: text with command operators, `%NAME%`, `%NAME(parameter)%`,
/// `%NAME(parameter):length%`, where `%%` is the sign itself. Which operators there are, and what each takes, is that of a stock
/// Envoy 1.40 (`substitution_formatter.cc`, `stream_info_formatter.cc`); a test asks a real one about all of them.
public final class AccessLogFormats {
    /// What may stand behind an operator's name.
    private enum Takes {
        NOTHING,
        A_PARAMETER_OR_NOT,
        A_PARAMETER_OR_NOT_AND_A_LENGTH,
        A_PARAMETER,
        A_PARAMETER_AND_A_LENGTH
    }

    private static final Map<String, Takes> OPERATORS = new HashMap<>();

    static {
        operators(
                Takes.NOTHING,
                """
                ACCESS_LOG_TYPE BYTES_RECEIVED BYTES_RETRANSMITTED BYTES_SENT CONNECTION_ID
                CONNECTION_TERMINATION_DETAILS CUSTOM_FLAGS DOWNSTREAM_CX_RTT
                DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT
                DOWNSTREAM_DETECTED_CLOSE_TYPE DOWNSTREAM_DIRECT_LOCAL_ADDRESS
                DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID DOWNSTREAM_DIRECT_LOCAL_PORT
                DOWNSTREAM_DIRECT_REMOTE_ADDRESS DOWNSTREAM_DIRECT_REMOTE_PORT DOWNSTREAM_HANDSHAKE_DURATION
                DOWNSTREAM_HEADER_BYTES_RECEIVED DOWNSTREAM_HEADER_BYTES_SENT DOWNSTREAM_LOCAL_ADDRESS
                DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID DOWNSTREAM_LOCAL_CLOSE_REASON DOWNSTREAM_LOCAL_DNS_SAN
                DOWNSTREAM_LOCAL_EMAIL_SAN DOWNSTREAM_LOCAL_IP_SAN DOWNSTREAM_LOCAL_OTHERNAME_SAN DOWNSTREAM_LOCAL_PORT
                DOWNSTREAM_LOCAL_SUBJECT DOWNSTREAM_LOCAL_URI_SAN DOWNSTREAM_PEER_CERT
                DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1 DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256
                DOWNSTREAM_PEER_CHAIN_SERIALS DOWNSTREAM_PEER_DNS_SAN DOWNSTREAM_PEER_EMAIL_SAN
                DOWNSTREAM_PEER_FINGERPRINT_1 DOWNSTREAM_PEER_FINGERPRINT_256 DOWNSTREAM_PEER_IP_SAN
                DOWNSTREAM_PEER_ISSUER DOWNSTREAM_PEER_ISSUER_FINGERPRINT_256 DOWNSTREAM_PEER_ISSUER_SERIAL
                DOWNSTREAM_PEER_OTHERNAME_SAN DOWNSTREAM_PEER_SERIAL DOWNSTREAM_PEER_SUBJECT DOWNSTREAM_PEER_URI_SAN
                DOWNSTREAM_REMOTE_ADDRESS DOWNSTREAM_REMOTE_PORT DOWNSTREAM_TLS_CIPHER DOWNSTREAM_TLS_GROUP
                DOWNSTREAM_TLS_SESSION_ID DOWNSTREAM_TLS_VERSION DOWNSTREAM_TRANSPORT_FAILURE_REASON
                DOWNSTREAM_WIRE_BYTES_RECEIVED DOWNSTREAM_WIRE_BYTES_SENT DURATION FILTER_CHAIN_NAME GRPC_STATUS
                GRPC_STATUS_NUMBER HOSTNAME LISTENER_NAME LOCAL_REPLY_BODY PROTOCOL REQUESTED_SERVER_NAME
                REQUEST_DURATION REQUEST_HEADERS_BYTES REQUEST_TX_DURATION RESPONSE_CODE RESPONSE_DURATION
                RESPONSE_FLAGS RESPONSE_FLAGS_LONG RESPONSE_HEADERS_BYTES RESPONSE_TRAILERS_BYTES RESPONSE_TX_DURATION
                ROUNDTRIP_DURATION ROUTE_NAME ROUTE_RESOLUTION_COUNT ROUTE_RESOLUTION_TIME_US SPAN_ID STREAM_ID
                TLS_JA3_FINGERPRINT TLS_JA4_FINGERPRINT TRACE_ID UNIQUE_ID UPSTREAM_CLUSTER UPSTREAM_CLUSTER_RAW
                UPSTREAM_CONNECTION_ID UPSTREAM_CONNECTION_IDS_ATTEMPTED UPSTREAM_CONNECTION_POOL_READY_DURATION
                UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT
                UPSTREAM_DETECTED_CLOSE_TYPE UPSTREAM_HEADER_BYTES_RECEIVED UPSTREAM_HEADER_BYTES_SENT UPSTREAM_HOST
                UPSTREAM_HOSTS_ATTEMPTED UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT UPSTREAM_HOST_NAME
                UPSTREAM_HOST_NAMES_ATTEMPTED UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT
                UPSTREAM_HOST_NAME_WITHOUT_PORT UPSTREAM_LOCAL_ADDRESS UPSTREAM_LOCAL_CLOSE_REASON
                UPSTREAM_LOCAL_DNS_SAN UPSTREAM_LOCAL_IP_SAN UPSTREAM_LOCAL_PORT UPSTREAM_LOCAL_URI_SAN
                UPSTREAM_PEER_CERT UPSTREAM_PEER_DNS_SAN UPSTREAM_PEER_IP_SAN UPSTREAM_PEER_ISSUER
                UPSTREAM_PEER_SUBJECT UPSTREAM_PEER_URI_SAN UPSTREAM_PROTOCOL UPSTREAM_REMOTE_ADDRESS
                UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID UPSTREAM_REMOTE_PORT UPSTREAM_REQUEST_ATTEMPT_COUNT
                UPSTREAM_SERVER_NAME UPSTREAM_TLS_CIPHER UPSTREAM_TLS_GROUP UPSTREAM_TLS_SESSION_ID
                UPSTREAM_TLS_VERSION UPSTREAM_TRANSPORT_FAILURE_REASON UPSTREAM_WIRE_BYTES_RECEIVED
                UPSTREAM_WIRE_BYTES_SENT VIRTUAL_CLUSTER_NAME
                """);
        operators(
                Takes.A_PARAMETER_OR_NOT,
                """
                DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT
                DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT DOWNSTREAM_PEER_CERT_V_END DOWNSTREAM_PEER_CERT_V_START
                DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT EMIT_TIME EMIT_TIME_LOCAL RESPONSE_CODE_DETAILS START_TIME
                START_TIME_LOCAL UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT UPSTREAM_PEER_CERT_V_END
                UPSTREAM_PEER_CERT_V_START UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT
                """);
        operators(Takes.A_PARAMETER_OR_NOT_AND_A_LENGTH, "PATH QUERY_PARAMS");
        operators(Takes.A_PARAMETER, "CLUSTER_METADATA COALESCE COMMON_DURATION UPSTREAM_METADATA");
        operators(
                Takes.A_PARAMETER_AND_A_LENGTH,
                """
                CEL DYNAMIC_METADATA ENVIRONMENT FILTER_STATE METADATA QUERY_PARAM REQ REQUEST_HEADER RESP
                RESPONSE_HEADER RESPONSE_TRAILER STREAM_INFO_REQ TRAILER UPSTREAM_FILTER_STATE
                """);
    }

    /// The whole of one operator.
    private static final Pattern OPERATOR =
            Pattern.compile("%([A-Z0-9_]+)(?:\\((.*?)\\))?(:[0-9]{1,6})?%");

    private static final Set<String> OF_HEADERS =
            Set.of(
                    "REQ",
                    "REQUEST_HEADER",
                    "RESP",
                    "RESPONSE_HEADER",
                    "RESPONSE_TRAILER",
                    "STREAM_INFO_REQ",
                    "TRAILER");

    private static final Set<String> OWNERS_OF_METADATA =
            Set.of(
                    "CLUSTER",
                    "DYNAMIC",
                    "LISTENER",
                    "LISTENER_FILTER_CHAIN",
                    "ROUTE",
                    "UPSTREAM_HOST",
                    "VIRTUAL_HOST");

    private AccessLogFormats() {}

    private static void operators(Takes takes, String names) {
        for (var name : names.strip().split("\\s+")) {
            OPERATORS.put(name, takes);
        }
    }

    /// All that a format can name.
    public static Set<String> operators() {
        return Set.copyOf(OPERATORS.keySet());
    }

    /// A line of text.
    static void text(String format, FieldPath path, Problems problems) {
        var operator = OPERATOR.matcher(format);
        var at = format.indexOf('%');
        while (at >= 0) {
            if (format.startsWith("%%", at)) {
                at = format.indexOf('%', at + 2);
                continue;
            }
            if (!operator.find(at) || operator.start() != at) {
                problems.invalid(
                        path,
                        "Envoy reads the %% in %s as the begin of an operator, and it is none"
                                .formatted(
                                        quoted(
                                                format.substring(
                                                        at, Math.min(format.length(), at + 30)))),
                        "write %% for the sign, or %NAME%, %NAME(parameter)% or"
                                + " %NAME(parameter):length%");
                return;
            }
            operator(
                    operator.group(1),
                    operator.group(2),
                    operator.group(3) != null,
                    path,
                    problems);
            at = format.indexOf('%', operator.end());
        }
    }

    private static void operator(
            String name,
            @Nullable String parameter,
            boolean length,
            FieldPath path,
            Problems problems) {
        var takes = OPERATORS.get(name);
        if (takes == null) {
            problems.invalid(
                    path,
                    "Envoy knows no operator %" + name + "%",
                    "use one of its access log's command operators, for example %RESPONSE_CODE%");
            return;
        }
        var without =
                switch (takes) {
                    case NOTHING, A_PARAMETER_OR_NOT, A_PARAMETER_OR_NOT_AND_A_LENGTH -> true;
                    case A_PARAMETER, A_PARAMETER_AND_A_LENGTH -> false;
                };
        var cut =
                switch (takes) {
                    case A_PARAMETER_OR_NOT_AND_A_LENGTH, A_PARAMETER_AND_A_LENGTH -> true;
                    case NOTHING, A_PARAMETER_OR_NOT, A_PARAMETER -> false;
                };
        if (parameter != null && takes == Takes.NOTHING) {
            problems.invalid(
                    path, "%" + name + "% takes no parameter", "write it without the parentheses");
        } else if ((parameter == null || parameter.isEmpty()) && !without) {
            problems.invalid(
                    path, "%" + name + "% does not say which", "write %" + name + "(parameter)%");
        } else if (parameter != null && OF_HEADERS.contains(name)) {
            header(name, parameter, path, problems);
        } else if (parameter != null && name.equals("METADATA")) {
            var owner = parameter.split(":", 2)[0];
            if (!OWNERS_OF_METADATA.contains(owner)) {
                problems.invalid(
                        path,
                        quoted(owner) + " in %METADATA(…)% has no metadata",
                        "write one of " + Names.listed(new TreeSet<>(OWNERS_OF_METADATA)));
            }
        }
        if (length && !cut) {
            problems.invalid(
                    path,
                    "%" + name + "% is never cut to a length",
                    "take the colon and the number out");
        }
    }

    /// A header, and after `?` the one that is taken in its absence.
    private static void header(
            String operator, String parameter, FieldPath path, Problems problems) {
        var headers = parameter.split("\\?", -1);
        var wrong =
                headers.length > 2
                        || List.of(headers).stream()
                                .map(header ->
                                        header.startsWith(":") ? header.substring(1) : header)
                                .anyMatch(header -> !Names.isHeaderName(header));
        if (wrong) {
            problems.invalid(
                    path,
                    "%%%s(%s)%% names no header"
                            .formatted(operator, Names.printable(parameter, 60)),
                    "write a header's name, or two with a ? between");
        }
    }

    /// A JSON object whose texts are such lines, at any depth.
    static void json(String format, FieldPath path, Problems problems) {
        switch (JsonText.of(format)) {
            case JsonText.Broken(var fault, var fix) -> problems.invalid(path, fault, fix);
            case JsonText.Value(Tree.Fields fields) -> texts(fields, path, problems);
            case JsonText.Value _ ->
                    problems.invalid(
                            path,
                            "with the encoding JSON the format is no JSON object",
                            "write {\"name\": \"%OPERATOR%\", …}, or the encoding TEXT");
        }
    }

    private static void texts(Tree tree, FieldPath path, Problems problems) {
        switch (tree) {
            case Tree.Text(var text) -> text(text, path, problems);
            case Tree.Items(var items) -> items.forEach(item -> texts(item, path, problems));
            case Tree.Fields(var fields) ->
                    fields.forEach((name, value) -> texts(value, path, problems));
            case Tree.Num _, Tree.Bool _, Tree.Null _ -> {}
        }
    }
}
