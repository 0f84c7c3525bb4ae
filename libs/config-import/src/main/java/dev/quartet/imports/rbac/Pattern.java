package dev.quartet.imports.rbac;

/// How RBAC v1alpha1 compares: `*`, `prefix*`, `*suffix`, or exactly.
final class Pattern {
    private Pattern() {}

    static boolean matches(String pattern, String text) {
        if (pattern.equals("*")) {
            return true;
        }
        if (pattern.startsWith("*")) {
            return text.endsWith(pattern.substring(1));
        }
        return pattern.endsWith("*")
                ? text.startsWith(pattern.substring(0, pattern.length() - 1))
                : text.equals(pattern);
    }

    static boolean isExact(String pattern) {
        return pattern.indexOf('*') < 0;
    }

    /// Whether both kinds of policy read it alike: a star in the middle, or at both ends, is none of theirs.
    static boolean isPlain(String pattern) {
        var stars = pattern.chars().filter(c -> c == '*').count();
        return stars == 0 || (stars == 1 && (pattern.startsWith("*") || pattern.endsWith("*")));
    }

    /// Whether it matches every service of the namespace.
    static boolean isWide(String pattern, String namespace) {
        return pattern.equals("*")
                || (pattern.startsWith("*")
                        && isPlain(pattern)
                        && Service.suffix(namespace).endsWith(pattern.substring(1)));
    }
}
