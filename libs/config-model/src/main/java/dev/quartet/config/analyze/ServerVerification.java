package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.ClientTlsSettings;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.TrafficPolicy;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// TLS to a server without a word on whose certificates are believed.
final class ServerVerification implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.SERVER_NOT_VERIFIED, Reason.SERVER_OF_PORT_NOT_VERIFIED);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var rule : scene.all(DestinationRule.class)) {
            policy(
                    rule,
                    rule.spec().trafficPolicy(),
                    FieldPath.SPEC.field("trafficPolicy"),
                    problems);
            for (int i = 0; i < rule.spec().subsets().size(); i++) {
                policy(
                        rule,
                        rule.spec().subsets().get(i).trafficPolicy(),
                        FieldPath.SPEC.field("subsets").index(i).field("trafficPolicy"),
                        problems);
            }
        }
    }

    private static void policy(
            Of<DestinationRule> rule,
            @Nullable TrafficPolicy policy,
            FieldPath path,
            Report problems) {
        if (policy == null) {
            return;
        }
        if (isUnverified(policy.tls())) {
            problems.add(
                    Reason.SERVER_NOT_VERIFIED,
                    rule,
                    path.field("tls"),
                    "nothing says whose certificates are believed, so anybody can be the server",
                    "add caCertificates or credentialName");
        }
        for (int i = 0; i < policy.portLevelSettings().size(); i++) {
            var settings = policy.portLevelSettings().get(i);
            if (isUnverified(settings.tls())) {
                problems.add(
                        Reason.SERVER_OF_PORT_NOT_VERIFIED,
                        rule,
                        path.field("portLevelSettings").index(i).field("tls"),
                        "nothing says whose certificates are believed on port "
                                + settings.port().number()
                                + ", so anybody can be the server",
                        "add caCertificates or credentialName");
            }
        }
    }

    private static boolean isUnverified(@Nullable ClientTlsSettings tls) {
        if (tls == null) {
            return false;
        }
        return switch (tls.mode()) {
            case SIMPLE, MUTUAL -> !given(tls.caCertificates()) && !given(tls.credentialName());
            case DISABLE, ISTIO_MUTUAL -> false;
        };
    }

    private static boolean given(@Nullable String text) {
        return text != null && !text.isEmpty();
    }
}
