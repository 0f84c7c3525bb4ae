package dev.quartet.identity;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/// The identity of a workload, `spiffe://<trustDomain>/ns/<namespace>/sa/<serviceAccount>`.
/// Reading is strict: no other path, no port, query, fragment, escape or upper case letter, so that two spellings
/// never mean one identity. After SPIFFE-ID section 2 and Istio 1.4's `pkg/spiffe/spiffe.go`.
public record SpiffeId(String trustDomain, String namespace, String serviceAccount) {

    private static final Pattern TRUST_DOMAIN =
            Pattern.compile("[a-z0-9]([a-z0-9._-]{0,253}[a-z0-9])?");
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");
    private static final Pattern URI_FORM =
            Pattern.compile("spiffe://([^/]+)/ns/([^/]+)/sa/([^/]+)");
    private static final int URI_NAME =
            6; // GeneralName choice uniformResourceIdentifier, RFC 5280 4.2.1.6
    private static final int MAX_LENGTH = 2048;

    /// @throws IllegalArgumentException naming the part that is wrong
    public SpiffeId {
        check("trust domain", trustDomain, TRUST_DOMAIN);
        check("namespace", namespace, NAME);
        check("service account", serviceAccount, NAME);
    }

    private static void check(String part, String value, Pattern allowed) {
        if (!allowed.matcher(value).matches() || value.contains("..")) {
            throw new IllegalArgumentException(
                    "%s \"%s\" is not valid; use lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit"
                            .formatted(part, printable(value)));
        }
    }

    /// @throws IllegalArgumentException when `uri` is not exactly of the form above
    public static SpiffeId parse(String uri) {
        var matcher = uri.length() > MAX_LENGTH ? null : URI_FORM.matcher(uri);
        if (matcher == null || !matcher.matches()) {
            throw new IllegalArgumentException(
                    "\"%s\" is not a SPIFFE id of a workload; the form is spiffe://<trust domain>/ns/<namespace>/sa/<service account>"
                            .formatted(printable(uri)));
        }
        return new SpiffeId(matcher.group(1), matcher.group(2), matcher.group(3));
    }

    /// The short form that people type, `namespace/service-account`.
    /// @throws IllegalArgumentException when there is not exactly one slash or a part is not valid
    public static SpiffeId ofAccount(String trustDomain, String account) {
        var parts = account.split("/", -1);
        if (parts.length != 2) {
            throw new IllegalArgumentException(
                    "\"%s\" is not of the form <namespace>/<service account>"
                            .formatted(printable(account)));
        }
        return new SpiffeId(trustDomain, parts[0], parts[1]);
    }

    /// The identity that a certificate carries: its one and only URI name.
    /// @throws IllegalArgumentException when there is none, more than one, or one of another form
    public static SpiffeId of(X509Certificate certificate) {
        Collection<List<?>> names;
        try {
            names = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException e) {
            throw new IllegalArgumentException(
                    "the certificate's alternative names can't be read", e);
        }
        var uris = new ArrayList<String>();
        for (var name : names == null ? List.<List<?>>of() : names) {
            if (name.get(0) instanceof Integer choice && choice == URI_NAME) {
                uris.add(String.valueOf(name.get(1)));
            }
        }
        if (uris.size() != 1) {
            throw new IllegalArgumentException(
                    "a certificate of a workload has exactly one URI name, this one has "
                            + uris.size());
        }
        return parse(uris.getFirst());
    }

    /// Citadel's own identity, known before anything else is.
    public static SpiffeId citadel(String trustDomain) {
        return controlPlane(trustDomain, "istio-citadel-service-account");
    }

    /// Whom those who take config speak to.
    public static SpiffeId galley(String trustDomain) {
        return controlPlane(trustDomain, "istio-galley-service-account");
    }

    /// Whom proxies take their config from.
    public static SpiffeId pilot(String trustDomain) {
        return controlPlane(trustDomain, "istio-pilot-service-account");
    }

    /// The identity of a service of the control plane, which lives in namespace `istio-system`.
    public static SpiffeId controlPlane(String trustDomain, String serviceAccount) {
        return new SpiffeId(trustDomain, "istio-system", serviceAccount);
    }

    public String uri() {
        return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + serviceAccount;
    }

    /// `namespace/service-account`.
    public String account() {
        return namespace + "/" + serviceAccount;
    }

    /// The URI form.
    @Override
    public String toString() {
        return uri();
    }

    private static String printable(String text) {
        var shown = text.length() > 200 ? text.substring(0, 200) + "…" : text;
        return shown.replaceAll("\\p{Cntrl}", "?");
    }
}
