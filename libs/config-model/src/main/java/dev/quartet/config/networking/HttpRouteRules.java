package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.schema.Names;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// When one HTTP route of a VirtualService is right. After Istio 1.4, `validation.go` `validateHTTPRoute`.
final class HttpRouteRules {
    private static final Set<Integer> REDIRECT_CODES = Set.of(301, 302, 303, 307, 308);

    /// Envoy's words, for HTTP and gRPC (`x-envoy-retry-on`, `x-envoy-retry-grpc-on`).
    private static final Set<String> RETRY_ON =
            Set.of(
                    "5xx",
                    "gateway-error",
                    "reset",
                    "reset-before-request",
                    "connect-failure",
                    "envoy-ratelimited",
                    "retriable-4xx",
                    "refused-stream",
                    "retriable-status-codes",
                    "retriable-headers",
                    "http3-post-connect-failure",
                    "cancelled",
                    "deadline-exceeded",
                    "internal",
                    "resource-exhausted",
                    "unavailable");

    /// gRPC's names of its statuses but OK (`grpc/doc/statuscodes.md`).
    private static final Set<String> GRPC_STATUS =
            Set.of(
                    "CANCELLED",
                    "UNKNOWN",
                    "INVALID_ARGUMENT",
                    "DEADLINE_EXCEEDED",
                    "NOT_FOUND",
                    "ALREADY_EXISTS",
                    "PERMISSION_DENIED",
                    "RESOURCE_EXHAUSTED",
                    "FAILED_PRECONDITION",
                    "ABORTED",
                    "OUT_OF_RANGE",
                    "UNIMPLEMENTED",
                    "INTERNAL",
                    "UNAVAILABLE",
                    "DATA_LOSS",
                    "UNAUTHENTICATED");

    private HttpRouteRules() {}

    static void check(HttpRoute route, FieldPath path, Problems problems) {
        actions(route, path, problems);
        for (int i = 0; i < route.match().size(); i++) {
            match(route.match().get(i), path.field("match").index(i), problems);
        }
        RouteTargets.weights(
                route.route().stream()
                        .<@Nullable Integer>map(HttpRouteDestination::weight)
                        .toList(),
                path.field("route"),
                problems);
        for (int i = 0; i < route.route().size(); i++) {
            var target = route.route().get(i);
            var inner = path.field("route").index(i);
            RouteTargets.destination(target.destination(), inner.field("destination"), problems);
            headers(target.headers(), inner.field("headers"), problems);
            operations(
                    target.appendRequestHeaders(),
                    target.removeRequestHeaders(),
                    inner,
                    "RequestHeaders",
                    problems);
            operations(
                    target.appendResponseHeaders(),
                    target.removeResponseHeaders(),
                    inner,
                    "ResponseHeaders",
                    problems);
        }
        headers(route.headers(), path.field("headers"), problems);
        operations(route.appendHeaders(), List.of(), path, "Headers", problems);
        operations(
                route.appendRequestHeaders(),
                route.removeRequestHeaders(),
                path,
                "RequestHeaders",
                problems);
        operations(
                route.appendResponseHeaders(),
                route.removeResponseHeaders(),
                path,
                "ResponseHeaders",
                problems);
        Values.durationOrZero(problems, path.field("timeout"), route.timeout());
        retries(route.retries(), path.field("retries"), problems);
        fault(route.fault(), path.field("fault"), problems);
        mirror(route, path, problems);
        cors(route.corsPolicy(), path.field("corsPolicy"), problems);
    }

    private static void actions(HttpRoute route, FieldPath path, Problems problems) {
        int actions =
                (route.route().isEmpty() ? 0 : 1)
                        + (route.redirect() == null ? 0 : 1)
                        + (route.directResponse() == null ? 0 : 1)
                        + (route.delegate() == null ? 0 : 1);
        if (actions == 0) {
            problems.missing(
                    path,
                    "the route leads nowhere",
                    "add route, redirect, directResponse or delegate");
        } else if (actions > 1) {
            problems.conflict(
                    path,
                    "route, redirect, directResponse and delegate exclude each other",
                    "keep one of them");
        }
        var redirect = route.redirect();
        if (redirect != null) {
            redirect(redirect, path.field("redirect"), problems);
            if (route.rewrite() != null) {
                problems.conflict(
                        path,
                        "redirect and rewrite exclude each other",
                        "write the new path into redirect.uri");
            }
            if (route.fault() != null) {
                problems.conflict(
                        path, "redirect and fault exclude each other", "keep one of them");
            }
        }
        var response = route.directResponse();
        if (response != null && (response.status() < 200 || response.status() > 599)) {
            problems.invalid(
                    path.field("directResponse").field("status"),
                    response.status() + " is no status of an answer",
                    "write a number from 200 to 599");
        }
        if (route.delegate() != null) {
            delegate(route.delegate(), path.field("delegate"), problems);
        }
        var rewrite = route.rewrite();
        if (rewrite != null) {
            rewrite(rewrite, path.field("rewrite"), problems);
        }
    }

    private static void delegate(Delegate delegate, FieldPath path, Problems problems) {
        if (!Names.isObjectName(delegate.name())) {
            problems.invalid(
                    path.field("name"),
                    quoted(delegate.name()) + " is no name of a VirtualService",
                    "write the name of one without hosts");
        }
        var namespace = delegate.namespace();
        if (namespace != null && !namespace.isEmpty() && !Names.isDnsLabel(namespace)) {
            problems.invalid(
                    path.field("namespace"),
                    quoted(namespace) + " is no namespace",
                    "write its name, or leave it out for the own one");
        }
    }

    private static void redirect(HttpRedirect redirect, FieldPath path, Problems problems) {
        if (isBlank(redirect.uri())
                && isBlank(redirect.authority())
                && redirect.scheme() == null
                && redirect.port() == null
                && redirect.derivePort() == null) {
            problems.missing(path, "the redirect changes nothing", "add uri or authority");
        }
        var code = redirect.redirectCode();
        if (code != null && code != 0 && !REDIRECT_CODES.contains(code)) {
            problems.invalid(
                    path.field("redirectCode"),
                    code + " is no redirect that Envoy makes",
                    "write 301, 302, 303, 307 or 308");
        }
        Values.port(problems, path.field("port"), redirect.port());
        plain(redirect.uri(), path.field("uri"), problems);
        plain(redirect.authority(), path.field("authority"), problems);
    }

    private static void rewrite(HttpRewrite rewrite, FieldPath path, Problems problems) {
        var regex = rewrite.uriRegexRewrite();
        if (isBlank(rewrite.uri()) && isBlank(rewrite.authority()) && regex == null) {
            problems.missing(path, "the rewrite changes nothing", "add uri or authority");
        }
        if (regex != null) {
            Values.regex(problems, path.field("uriRegexRewrite").field("match"), regex.match());
        }
        plain(rewrite.uri(), path.field("uri"), problems);
        plain(rewrite.authority(), path.field("authority"), problems);
    }

    private static void plain(@Nullable String text, FieldPath path, Problems problems) {
        if (text != null) {
            Values.headerValue(problems, path, text);
        }
    }

    private static boolean isBlank(@Nullable String text) {
        return text == null || text.isEmpty();
    }

    private static void match(HttpMatchRequest match, FieldPath path, Problems problems) {
        notEmpty(match.uri(), path.field("uri"), problems);
        Values.match(problems, path.field("scheme"), match.scheme());
        Values.match(problems, path.field("method"), match.method());
        Values.match(problems, path.field("authority"), match.authority());
        headerMatches(match.headers(), path.field("headers"), problems);
        headerMatches(match.withoutHeaders(), path.field("withoutHeaders"), problems);
        match.queryParams()
                .forEach((name, value) -> {
                    var inner = path.field("queryParams").key(name);
                    if (name.isEmpty()) {
                        problems.invalid(inner, "the parameter has no name", "write its name");
                    }
                    Values.match(problems, inner, value);
                });
        Values.port(problems, path.field("port"), match.port());
        Values.labels(problems, path.field("sourceLabels"), match.sourceLabels());
        VirtualServiceRules.gateways(match.gateways(), path.field("gateways"), problems);
    }

    private static void notEmpty(@Nullable StringMatch match, FieldPath path, Problems problems) {
        var empty =
                switch (match) {
                    case null -> false;
                    case StringMatch.Exact exact -> exact.exact().isEmpty();
                    case StringMatch.Prefix prefix -> prefix.prefix().isEmpty();
                    case StringMatch.Regex regex -> false;
                    case StringMatch.Present present -> true;
                };
        if (empty) {
            problems.invalid(
                    path, "the match is empty", "write what is to be matched, or leave it out");
        }
        Values.match(problems, path, match);
    }

    private static void headerMatches(
            Map<String, StringMatch> headers, FieldPath path, Problems problems) {
        headers.forEach((name, match) -> {
            if (!name.startsWith(":")) {
                Values.headerName(problems, path.key(name), name);
            }
            Values.match(problems, path.key(name), match);
        });
    }

    private static void headers(@Nullable Headers headers, FieldPath path, Problems problems) {
        if (headers == null) {
            return;
        }
        operations(headers.request(), path.field("request"), problems);
        operations(headers.response(), path.field("response"), problems);
    }

    private static void operations(
            @Nullable HeaderOperations operations, FieldPath path, Problems problems) {
        if (operations != null) {
            written(operations.set(), path.field("set"), problems);
            written(operations.add(), path.field("add"), problems);
            removed(operations.remove(), path.field("remove"), problems);
        }
    }

    /// The older form: `appendRequestHeaders` and `removeRequestHeaders`.
    private static void operations(
            Map<String, String> append,
            List<String> remove,
            FieldPath path,
            String suffix,
            Problems problems) {
        written(append, path.field("append" + suffix), problems);
        removed(remove, path.field("remove" + suffix), problems);
    }

    private static void written(Map<String, String> headers, FieldPath path, Problems problems) {
        headers.forEach((name, value) -> {
            if (!name.equals(":authority")) {
                Values.headerName(problems, path.key(name), name);
            }
            Values.headerFormat(problems, path.key(name), value);
        });
    }

    private static void removed(List<String> names, FieldPath path, Problems problems) {
        for (int i = 0; i < names.size(); i++) {
            Values.headerName(problems, path.index(i), names.get(i));
            if (names.get(i).equalsIgnoreCase("host")) {
                problems.invalid(
                        path.index(i),
                        "a request cannot be without a host",
                        "take it out of the list");
            }
        }
    }

    private static void retries(@Nullable HttpRetry retries, FieldPath path, Problems problems) {
        if (retries == null) {
            return;
        }
        Values.notNegative(problems, path.field("attempts"), retries.attempts());
        var off = retries.attempts() == null || retries.attempts() == 0;
        if (off && (retries.perTryTimeout() != null || retries.retryOn() != null)) {
            problems.invalid(
                    path,
                    "perTryTimeout and retryOn say nothing while attempts is 0 or left out",
                    "set attempts, or take them out");
        }
        Values.durationOrZero(problems, path.field("perTryTimeout"), retries.perTryTimeout());
        Values.duration(problems, path.field("backoff"), retries.backoff());
        if (retries.retryOn() == null || retries.retryOn().isEmpty()) {
            return;
        }
        for (var word : retries.retryOn().split(",", -1)) {
            var condition = word.strip();
            if (!RETRY_ON.contains(condition) && !condition.matches("[1-5][0-9]{2}")) {
                problems.invalid(
                        path.field("retryOn"),
                        quoted(condition) + " is no condition for a retry",
                        "write Envoy's words or status codes, for example 5xx,connect-failure,503");
            }
        }
    }

    private static void fault(
            @Nullable HttpFaultInjection fault, FieldPath path, Problems problems) {
        if (fault == null) {
            return;
        }
        if (fault.delay() == null && fault.abort() == null) {
            problems.missing(path, "the fault does nothing", "add delay or abort");
        }
        var delay = fault.delay();
        if (delay != null) {
            var inner = path.field("delay");
            percentage(delay.percent(), delay.percentage(), inner, problems);
            Values.duration(problems, inner.field("fixedDelay"), delay.fixedDelay());
            Values.duration(problems, inner.field("exponentialDelay"), delay.exponentialDelay());
            if (delay.fixedDelay() == null && delay.exponentialDelay() == null) {
                problems.missing(
                        inner.field("fixedDelay"), "the delay has no length", "add fixedDelay");
            }
        }
        var abort = fault.abort();
        if (abort != null) {
            var inner = path.field("abort");
            percentage(abort.percent(), abort.percentage(), inner, problems);
            var status = abort.httpStatus();
            if (status != null && (status < 200 || status > 599)) {
                problems.invalid(
                        inner.field("httpStatus"),
                        status + " is no status of an answer",
                        "write 200 to 599");
            }
            if (abort.grpcStatus() != null && !GRPC_STATUS.contains(abort.grpcStatus())) {
                problems.invalid(
                        inner.field("grpcStatus"),
                        quoted(abort.grpcStatus()) + " is no status of gRPC",
                        "write its name, for example UNAVAILABLE");
            }
            if (status == null && abort.grpcStatus() == null && abort.http2Error() == null) {
                problems.missing(
                        inner.field("httpStatus"), "the abort has no status", "add httpStatus");
            }
        }
    }

    private static void percentage(
            @Nullable Integer percent,
            @Nullable Percent percentage,
            FieldPath path,
            Problems problems) {
        Values.percent(problems, path.field("percent"), percent);
        if (percentage != null) {
            Values.fraction(problems, path.field("percentage").field("value"), percentage.value());
        }
    }

    private static void mirror(HttpRoute route, FieldPath path, Problems problems) {
        if (route.mirror() != null) {
            RouteTargets.destination(route.mirror(), path.field("mirror"), problems);
        }
        Values.percent(problems, path.field("mirrorPercent"), route.mirrorPercent());
        if (route.mirrorPercentage() != null) {
            Values.percent(
                    problems,
                    path.field("mirrorPercentage").field("value"),
                    route.mirrorPercentage().value());
        }
        for (int i = 0; i < route.mirrors().size(); i++) {
            var mirror = route.mirrors().get(i);
            var inner = path.field("mirrors").index(i);
            RouteTargets.destination(mirror.destination(), inner.field("destination"), problems);
            if (mirror.percentage() != null) {
                Values.percent(
                        problems,
                        inner.field("percentage").field("value"),
                        mirror.percentage().value());
            }
        }
    }

    private static void cors(@Nullable CorsPolicy cors, FieldPath path, Problems problems) {
        if (cors == null) {
            return;
        }
        for (int i = 0; i < cors.allowOrigins().size(); i++) {
            notEmpty(cors.allowOrigins().get(i), path.field("allowOrigins").index(i), problems);
        }
        for (int i = 0; i < cors.allowMethods().size(); i++) {
            if (!cors.allowMethods().get(i).matches("[A-Z*]{1,20}")) {
                problems.invalid(
                        path.field("allowMethods").index(i),
                        quoted(cors.allowMethods().get(i)) + " is no method",
                        "write GET, POST, PUT, …");
            }
        }
        headerNames(cors.allowHeaders(), path.field("allowHeaders"), problems);
        headerNames(cors.exposeHeaders(), path.field("exposeHeaders"), problems);
        Values.duration(problems, path.field("maxAge"), cors.maxAge());
        if (cors.maxAge() != null && cors.maxAge().getNano() != 0) {
            problems.invalid(
                    path.field("maxAge"),
                    "browsers count in whole seconds",
                    "write for example 600s");
        }
    }

    private static void headerNames(List<String> names, FieldPath path, Problems problems) {
        for (int i = 0; i < names.size(); i++) {
            Values.headerName(problems, path.index(i), names.get(i));
        }
    }
}
