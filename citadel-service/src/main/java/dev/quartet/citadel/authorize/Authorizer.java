package dev.quartet.citadel.authorize;

import dev.quartet.citadel.authenticate.Caller;
import dev.quartet.citadel.authorize.Decision.Allowed;
import dev.quartet.citadel.authorize.Decision.Reason;
import dev.quartet.citadel.authorize.Decision.Refused;
import dev.quartet.citadel.credential.CredentialKey;
import java.util.Set;

/// The rule is short: a caller gets certificates and secrets of its own identity, and may ask for the credentials of its own
/// namespace, whose source says who has them. What its node claims is never a
/// source of identity; where it contradicts the proof, the proxy is misconfigured or lying, and its stream ends.
/// Immutable.
public final class Authorizer {

    /// The secret with a proxy's own key and chain.
    public static final String OWN_CERTIFICATE = "default";

    /// The secret with the roots to trust.
    public static final String ROOTS = "ROOTCA";

    private static final Set<String> SECRETS = Set.of(OWN_CERTIFICATE, ROOTS);
    private static final int NODE_ID_PARTS = 4;

    private final String trustDomain;

    public Authorizer(String trustDomain) {
        this.trustDomain = trustDomain;
    }

    /// Whether `caller` may have a certificate for its own identity.
    public Decision certificate(Caller caller) {
        return caller.id().trustDomain().equals(trustDomain)
                ? new Allowed()
                : new Refused(
                        Reason.FOREIGN_TRUST_DOMAIN,
                        "%s is not of trust domain %s".formatted(caller.id(), trustDomain));
    }

    /// Whether `caller` may ask for the secret `name`.
    public Decision secret(Caller caller, String name) {
        return SECRETS.contains(name) || CredentialKey.asked(caller.id(), name).isPresent()
                ? new Allowed()
                : new Refused(
                        Reason.SECRET_OF_ANOTHER_IDENTITY,
                        "%s may have the secrets %s and %s, and credentials of namespace %s by their names"
                                .formatted(
                                        caller.id(),
                                        OWN_CERTIFICATE,
                                        ROOTS,
                                        caller.id().namespace()));
    }

    /// Whether what the node claims agrees with who the caller is.
    public Decision node(Caller caller, Claim claim) {
        var id = caller.id();
        var parts = claim.nodeId().split("~", -1);
        if (parts.length == NODE_ID_PARTS) {
            var name = parts[2];
            var namespace = name.substring(name.lastIndexOf('.') + 1);
            if (name.contains(".") && !namespace.equals(id.namespace())) {
                return contradiction("id", namespace, id.namespace());
            }
            if (caller.pod() != null && !name.equals(caller.pod() + "." + id.namespace())) {
                return contradiction("id", name, caller.pod() + "." + id.namespace());
            }
            var domain = parts[3];
            var first =
                    domain.contains(".svc.")
                            ? domain.substring(0, domain.indexOf(".svc."))
                            : id.namespace();
            if (!first.equals(id.namespace())) {
                return contradiction("id", first, id.namespace());
            }
        }
        if (claim.namespace() != null && !claim.namespace().equals(id.namespace())) {
            return contradiction("metadata NAMESPACE", claim.namespace(), id.namespace());
        }
        if (claim.serviceAccount() != null && !claim.serviceAccount().equals(id.serviceAccount())) {
            return contradiction(
                    "metadata SERVICE_ACCOUNT", claim.serviceAccount(), id.serviceAccount());
        }
        return new Allowed();
    }

    private static Refused contradiction(String where, String claimed, String proved) {
        var shown = claimed.length() > 100 ? claimed.substring(0, 100) : claimed;
        return new Refused(
                Reason.NODE_CONTRADICTS_IDENTITY,
                "the node's %s says \"%s\", its credential says \"%s\""
                        .formatted(where, shown.replaceAll("\\p{Cntrl}", "?"), proved));
    }
}
