package dev.quartet.pilot.discovery;

import java.util.Locale;
import java.util.regex.Pattern;

/// What registries' free names become in the mesh. Pure.
final class Names {
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
    private static final Pattern KEY =
            Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_./]{0,251}[A-Za-z0-9])?");
    private static final Pattern VALUE =
            Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?");

    private Names() {}

    /// RFC 1123.
    static boolean isLabel(String name) {
        return LABEL.matcher(name).matches();
    }

    /// Of labels, as Kubernetes has them; a selector cannot name others.
    static boolean isKey(String key) {
        return KEY.matcher(key).matches();
    }

    static boolean isValue(String value) {
        return VALUE.matcher(value).matches();
    }

    /// A service's id as a DNS label, which it may still not be: `ORDER_SERVICE` to `order-service`.
    static String label(String id) {
        return id.toLowerCase(Locale.ROOT).replace('_', '-').replace('.', '-');
    }

    /// An instance's id in the mesh's words: `host:orders:8080` to `host-orders-8080`.
    static String instance(String id) {
        return id.toLowerCase(Locale.ROOT).replaceAll("[^-a-z0-9.]", "-");
    }
}
