package dev.quartet.citadel.credential;

import dev.quartet.identity.SpiffeId;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/// Which credential: a namespace and a name in it, both as Kubernetes names objects (RFC 1123 subdomain). Nothing is ever
/// kept under the name alone.
public record CredentialKey(String namespace, String name) implements Comparable<CredentialKey> {

    /// A name that ends so is of what callers are checked by, as Istio 1.4 (`security/pkg/nodeagent/secretfetcher`).
    public static final String CALLERS = "-cacert";

    private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");
    private static final String OWN_CERTIFICATE = "default";
    private static final Comparator<CredentialKey> ORDER =
            Comparator.comparing(CredentialKey::namespace).thenComparing(CredentialKey::name);

    /// @throws IllegalArgumentException saying what is wrong with which of both
    public CredentialKey {
        check("namespace", namespace);
        check("name", name);
        if (name.equals(OWN_CERTIFICATE) || name.equals(OWN_CERTIFICATE + CALLERS)) {
            throw new IllegalArgumentException(
                    "\"%s\" stands for each proxy's own certificate; take another name"
                            .formatted(name));
        }
    }

    private static void check(String part, String value) {
        if (!isName(value)) {
            var shown = value.length() > 100 ? value.substring(0, 100) + "…" : value;
            throw new IllegalArgumentException(
                    "the credential's %s \"%s\" is not valid; use at most 253 lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit"
                            .formatted(part, shown.replaceAll("\\p{Cntrl}", "?")));
        }
    }

    private static boolean isName(String text) {
        return NAME.matcher(text).matches() && !text.contains("..");
    }

    /// What `caller` means by `name`; empty where that can be no credential's.
    public static Optional<CredentialKey> asked(SpiffeId caller, String name) {
        try {
            return Optional.of(new CredentialKey(caller.namespace(), name));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    public boolean isOfCallers() {
        return name.endsWith(CALLERS) && name.length() > CALLERS.length();
    }

    /// The credential whose `-cacert` this is.
    public CredentialKey base() {
        return new CredentialKey(namespace, name.substring(0, name.length() - CALLERS.length()));
    }

    @Override
    public int compareTo(CredentialKey other) {
        return ORDER.compare(this, other);
    }

    /// `namespace/name`.
    @Override
    public String toString() {
        return namespace + "/" + name;
    }
}
