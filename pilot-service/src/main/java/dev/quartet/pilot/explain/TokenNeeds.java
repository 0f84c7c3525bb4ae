package dev.quartet.pilot.explain;

import dev.quartet.pilot.explain.Explanation.Detail;
import dev.quartet.pilot.explain.Explanation.Source;
import dev.quartet.pilot.explain.Explanation.Stage;
import dev.quartet.pilot.explain.Explanation.Step;
import dev.quartet.pilot.translate.Origin;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtProvider;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtRequirement;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.stream.Stream;

/// Whether a request gets past the filter for tokens. Which tokens it has is seen, whether they are good is not: nothing is verified.
/// After Envoy's `jwt_authn/v3/config.proto`.
///
/// @param refusal why it does not, whatever its tokens are; empty: it may
record TokenNeeds(Step step, Optional<String> refusal, List<Source> because) {
    /// What a requirement makes of a request, worst first.
    private enum Verdict {
        REFUSED,
        IF_GOOD,
        PASSES
    }

    /// Of a step that depends on what is not looked at.
    static final String NOT_VERIFIED = "its token has to be good, which is not verified here";

    /// @param origins what each provider is made from; others are there to say that there is no token
    /// @return empty: nobody asks for tokens
    static Optional<TokenNeeds> of(
            String filter,
            JwtAuthentication config,
            Map<String, Origin> origins,
            HttpRequest request) {
        if (config.getProvidersCount() == 0) {
            return Optional.empty();
        }
        var requirement =
                config.getRulesList().stream()
                        .filter(rule -> RouteConditions.unmet(rule.getMatch(), request).isEmpty())
                        .findFirst()
                        .map(rule -> rule.getRequires())
                        .orElse(JwtRequirement.getDefaultInstance());
        return Optional.of(new Reading(config, origins, request).read(filter, requirement));
    }

    private record Reading(
            JwtAuthentication config, Map<String, Origin> origins, HttpRequest request) {
        TokenNeeds read(String filter, JwtRequirement requirement) {
            var verdict = verdict(requirement);
            var asked = new LinkedHashSet<String>();
            collect(requirement, asked);
            var because = asked.stream().map(this::source).distinct().toList();
            var present = asked.stream().anyMatch(it -> hasToken(provider(it)));
            var text =
                    switch (verdict) {
                        case REFUSED ->
                                present
                                        ? "its tokens are not those that are needed here, or are where none may be"
                                        : "a token is needed, and the request has none";
                        case IF_GOOD ->
                                NOT_VERIFIED
                                        + "; else it is refused (401, or 403 for its audience)";
                        case PASSES ->
                                asked.isEmpty()
                                        ? "no token is looked at on this path"
                                        : "no token is needed, and the request has none";
                    };
            var step =
                    new Step(
                            Stage.POLICY,
                            filter,
                            verdict == Verdict.REFUSED ? text + ": it is refused (401)" : text,
                            because,
                            asked.stream()
                                    .map(it ->
                                            new Detail(
                                                    "believes " + words(provider(it)),
                                                    List.of(source(it))))
                                    .toList(),
                            List.of());
            return new TokenNeeds(
                    step,
                    verdict == Verdict.REFUSED ? Optional.of(text) : Optional.empty(),
                    because);
        }

        private Source source(String provider) {
            return Source.of(
                    Objects.requireNonNull(origins.get(provider), "only such are collected"));
        }

        private JwtProvider provider(String name) {
            return config.getProvidersOrDefault(name, JwtProvider.getDefaultInstance());
        }

        private Verdict verdict(JwtRequirement requirement) {
            return switch (requirement.getRequiresTypeCase()) {
                case PROVIDER_NAME -> {
                    var name = requirement.getProviderName();
                    yield origins.containsKey(name) && hasToken(provider(name))
                            ? Verdict.IF_GOOD
                            : Verdict.REFUSED;
                }
                case REQUIRES_ANY -> any(requirement.getRequiresAny().getRequirementsList());
                case REQUIRES_ALL ->
                        requirement.getRequiresAll().getRequirementsList().stream()
                                .map(this::verdict)
                                .min(Verdict::compareTo)
                                .orElse(Verdict.PASSES);
                case ALLOW_MISSING_OR_FAILED, REQUIRESTYPE_NOT_SET -> Verdict.PASSES;
                case ALLOW_MISSING, PROVIDER_AND_AUDIENCES -> Verdict.REFUSED;
            };
        }

        private Verdict any(List<JwtRequirement> choices) {
            var maybeAbsent = choices.stream().anyMatch(JwtRequirement::hasAllowMissing);
            var absent =
                    maybeAbsent
                            && choices.stream()
                                    .filter(JwtRequirement::hasProviderName)
                                    .noneMatch(it -> hasToken(provider(it.getProviderName())));
            return absent
                    ? Verdict.PASSES
                    : choices.stream()
                            .map(this::verdict)
                            .max(Verdict::compareTo)
                            .orElse(Verdict.REFUSED);
        }

        private void collect(JwtRequirement requirement, SequencedSet<String> names) {
            if (origins.containsKey(requirement.getProviderName())) {
                names.add(requirement.getProviderName());
            }
            requirement.getRequiresAny().getRequirementsList().forEach(it -> collect(it, names));
            requirement.getRequiresAll().getRequirementsList().forEach(it -> collect(it, names));
        }

        private boolean hasToken(JwtProvider provider) {
            return provider.getFromHeadersList().stream()
                            .anyMatch(header ->
                                    request.header(header.getName())
                                            .filter(it -> it.contains(header.getValuePrefix()))
                                            .isPresent())
                    || provider.getFromParamsList().stream()
                            .anyMatch(request.parameters()::containsKey)
                    || provider.getFromCookiesList().stream().anyMatch(this::hasCookie);
        }

        private boolean hasCookie(String name) {
            return request.header("cookie").stream()
                    .flatMap(header -> Arrays.stream(header.split(";")))
                    .anyMatch(cookie -> cookie.strip().startsWith(name + "="));
        }

        private static String words(JwtProvider provider) {
            var places =
                    Stream.of(
                                    provider.getFromHeadersList().stream()
                                            .map(it -> "header " + it.getName()),
                                    provider.getFromParamsList().stream()
                                            .map(it -> "parameter " + it),
                                    provider.getFromCookiesList().stream()
                                            .map(it -> "cookie " + it))
                            .flatMap(it -> it)
                            .toList();
            return "tokens of %s in %s%s"
                    .formatted(
                            provider.getIssuer(),
                            String.join(", ", places),
                            provider.getAudiencesCount() == 0
                                    ? ""
                                    : " for " + String.join(", ", provider.getAudiencesList()));
        }
    }
}
