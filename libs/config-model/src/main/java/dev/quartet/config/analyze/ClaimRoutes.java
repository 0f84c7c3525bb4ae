package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.security.RequestAuthentication;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Routes that match a claim of a token at a gateway where nobody checks tokens.
final class ClaimRoutes implements Analyzer {
    private static final String CLAIM = "@request.auth.claims";

    /// The replicas of a gateway are alike.
    private static final int WORKLOADS = 20;

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.TOKEN_NOT_CHECKED);
    }

    @Override
    public void look(Scene scene, Report problems) {
        Map<ResourceKey, Boolean> checked = new HashMap<>();
        for (var routes : scene.all(VirtualService.class)) {
            var claim = firstClaim(routes.spec());
            if (claim.isEmpty()) {
                continue;
            }
            for (var gateway : scene.gatewaysOf(routes).values()) {
                if (!checked.computeIfAbsent(gateway.key(), key -> isChecked(scene, gateway))) {
                    problems.add(
                            Reason.TOKEN_NOT_CHECKED,
                            routes,
                            claim.get().path(),
                            "no RequestAuthentication is for the workloads of "
                                    + gateway.place()
                                    + ", so "
                                    + quoted(claim.get().name())
                                    + " never matches",
                            "add a RequestAuthentication with the gateway's selector");
                }
            }
        }
    }

    private static boolean isChecked(Scene scene, Of<Gateway> gateway) {
        var labels =
                Stream.concat(
                                Stream.of(gateway.spec().selector()),
                                scene.workloadsByLabel()
                                        .matching(null, gateway.spec().selector())
                                        .limit(WORKLOADS)
                                        .map(Workload::labels))
                        .toList();
        return scene.all(RequestAuthentication.class).stream()
                .map(check -> check.spec().selector())
                .anyMatch(selector ->
                        selector == null
                                || labels.stream()
                                        .anyMatch(it ->
                                                it.entrySet()
                                                        .containsAll(
                                                                selector.matchLabels()
                                                                        .entrySet())));
    }

    private record Claim(FieldPath path, String name) {}

    private static Optional<Claim> firstClaim(VirtualService spec) {
        List<Claim> claims = new ArrayList<>();
        for (int i = 0; i < spec.http().size() && claims.isEmpty(); i++) {
            var matches = spec.http().get(i).match();
            for (int j = 0; j < matches.size(); j++) {
                var path = FieldPath.SPEC.field("http").index(i).field("match").index(j);
                claims(matches.get(j), path).forEach(claims::add);
            }
        }
        return claims.stream().findFirst();
    }

    private static Stream<Claim> claims(HttpMatchRequest match, FieldPath path) {
        return Stream.concat(
                        match.headers().keySet().stream()
                                .map(name -> new Claim(path.field("headers").key(name), name)),
                        match.withoutHeaders().keySet().stream()
                                .map(name ->
                                        new Claim(path.field("withoutHeaders").key(name), name)))
                .filter(claim -> claim.name().startsWith(CLAIM));
    }
}
