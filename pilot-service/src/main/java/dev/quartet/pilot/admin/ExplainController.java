package dev.quartet.pilot.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.pilot.explain.Explainer;
import dev.quartet.pilot.explain.Explanation;
import dev.quartet.pilot.explain.Question;
import dev.quartet.pilot.explain.UnknownCaller;
import dev.quartet.pilot.translate.Translation;
import dev.quartet.pilot.trial.Current;
import dev.quartet.pilot.xds.ConnectionStatus;
import io.swagger.v3.oas.annotations.Operation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Why a request goes where it goes.
@RestController
@RequestMapping("/admin/v1/explain")
final class ExplainController {
    /// @param from the proxy instance, workload or service that sends it; left out: it comes to the ingress gateway
    /// @param url `http://reviews:9080/reviews/1`; schemes http, grpc, https, tls, tcp
    /// @param method GET when left out
    /// @param headers by name
    /// @param to address and port that the client connects to, where that is not what the URL's host leads to
    /// @param sni server name of the client's own TLS, where it is not the URL's host
    record ExplainRequest(
            @Nullable String from,
            @Nullable String url,
            @Nullable String method,
            @Nullable Map<String, String> headers,
            @Nullable String to,
            @Nullable String sni) {}

    private final Supplier<Optional<Translation>> newest;
    private final Supplier<List<ConnectionStatus>> proxies;

    @Autowired
    ExplainController(PilotView pilot) {
        this(() -> pilot.current().map(Current::translation), pilot::proxies);
    }

    /// @param newest what proxies are given now; empty before the first config
    ExplainController(
            Supplier<Optional<Translation>> newest, Supplier<List<ConnectionStatus>> proxies) {
        this.newest = newest;
        this.proxies = proxies;
    }

    @Operation(
            summary =
                    "Say what becomes of a request and why: each part of the proxies on its way, with the resource and field behind it, and what else does not hold for it")
    @PostMapping
    Explanation explain(@RequestBody ExplainRequest request) {
        if (request.url() == null || request.url().isBlank()) {
            throw ProblemException.badRequest(
                    "\"url\" is missing; send {\"from\": \"storefront-v1\", \"url\": \"http://reviews:9080/reviews/1\"}");
        }
        var translation =
                newest.get()
                        .orElseThrow(() ->
                                ProblemException.unavailable(
                                        "this Pilot has no config yet; GET /admin/v1/status says how it stands with Galley"));
        var connected = proxies.get().stream().map(ExplainController::connected).toList();
        try {
            var question =
                    Question.of(
                            request.url(),
                            text(request.method()),
                            Objects.requireNonNullElse(request.headers(), Map.of()),
                            text(request.to()),
                            text(request.sni()));
            return new Explainer(translation, connected).explain(text(request.from()), question);
        } catch (UnknownCaller unknown) {
            throw ProblemException.notFound(String.valueOf(unknown.getMessage()))
                    .with("fix", unknown.fix());
        } catch (IllegalArgumentException wrong) {
            throw ProblemException.badRequest(String.valueOf(wrong.getMessage()));
        }
    }

    @Operation(
            summary = "The same for simple requests; a header is written as header=end-user:jason")
    @GetMapping
    Explanation explain(
            @RequestParam(required = false) @Nullable String from,
            @RequestParam(required = false) @Nullable String url,
            @RequestParam(required = false) @Nullable String method,
            @RequestParam(name = "header", required = false) @Nullable List<String> headers,
            @RequestParam(required = false) @Nullable String to,
            @RequestParam(required = false) @Nullable String sni) {
        var byName = new LinkedHashMap<String, String>();
        for (var header : Objects.requireNonNullElse(headers, List.<String>of())) {
            var colon = header.indexOf(':', 1);
            if (colon < 0) {
                throw ProblemException.badRequest(
                        "\"%s\" is no header; write it as end-user:jason".formatted(header));
            }
            byName.put(header.substring(0, colon), header.substring(colon + 1).strip());
        }
        return explain(new ExplainRequest(from, url, method, byName, to, sni));
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text.strip();
    }

    private static Explainer.Connected connected(ConnectionStatus status) {
        return new Explainer.Connected(
                status.proxy(),
                switch (status.state()) {
                    case SYNCED -> Optional.empty();
                    case STALE ->
                            Optional.of(
                                    "has not confirmed the newest config yet, so what it does may still be older");
                    case NACKED ->
                            Optional.of(
                                    "has refused a part of its config and keeps the older one: "
                                            + String.join("; ", status.errors().values()));
                });
    }
}
