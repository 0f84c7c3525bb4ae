package dev.quartet.imports.ingress;

import java.util.Comparator;

/// Which paths of a host are meant. They are tried in their natural order: exact ones, then the longer prefix.
///
/// @param path without a slash at its end where it is [Kind#ELEMENTS]; `/` for all
public record PathMatch(Kind kind, String path) implements Comparable<PathMatch> {
    private static final String ROOT = "/";

    /// In the order in which they are tried when they are of one length.
    public enum Kind {
        EXACT,

        /// `/foo` and all below it, and not `/foobar`: Kubernetes' Prefix.
        ELEMENTS,

        /// All that begins so: what Istio 1.4 makes of `/foo.*` and `/foo/*`.
        TEXT
    }

    private static final Comparator<PathMatch> ORDER =
            Comparator.<PathMatch, Boolean>comparing(match -> match.kind != Kind.EXACT)
                    .thenComparing(match -> match.path.length(), Comparator.reverseOrder())
                    .thenComparing(PathMatch::kind)
                    .thenComparing(PathMatch::path);

    static PathMatch exact(String path) {
        return new PathMatch(Kind.EXACT, path);
    }

    static PathMatch prefix(String path) {
        var end = path.length();
        while (end > 0 && path.charAt(end - 1) == '/') {
            end--;
        }
        return end == 0 ? all() : new PathMatch(Kind.ELEMENTS, path.substring(0, end));
    }

    /// What pathType ImplementationSpecific means, and a path without a type. After Istio 1.4,
    /// `pilot/pkg/config/kube/ingress/conversion.go` `createStringMatch`.
    static PathMatch asIstioReads(String path) {
        if (path.isEmpty()) {
            return all();
        }
        if (path.endsWith(".*") || path.endsWith("/*")) {
            var prefix = path.substring(0, path.length() - 2);
            return prefix.isEmpty() || prefix.equals(ROOT)
                    ? all()
                    : new PathMatch(Kind.TEXT, prefix);
        }
        return exact(path);
    }

    private static PathMatch all() {
        return new PathMatch(Kind.TEXT, ROOT);
    }

    boolean takesAll() {
        return kind != Kind.EXACT && path.equals(ROOT);
    }

    @Override
    public int compareTo(PathMatch other) {
        return ORDER.compare(this, other);
    }
}
