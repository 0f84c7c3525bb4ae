package dev.quartet.config.networking;

import java.util.Locale;

/// How a host in a resource becomes the name of a service.
public final class Hosts {
    private static final String SERVICE_DOMAIN = ".svc.cluster.local";

    private Hosts() {}

    /// `reviews` in namespace `shop` is `reviews.shop.svc.cluster.local`; a name with a dot, a wildcard or an address
    /// stays as it is. After Istio 1.4, `pilot/pkg/model/context.go` `ResolveShortnameToFQDN`.
    ///
    /// @param host as the user wrote it, in any case
    public static String resolve(String host, String namespace) {
        var name = host.toLowerCase(Locale.ROOT);
        var isShort =
                !name.isEmpty()
                        && name.indexOf('.') < 0
                        && name.indexOf('*') < 0
                        && name.indexOf(':') < 0;
        return isShort && !namespace.isEmpty() ? name + "." + namespace + SERVICE_DOMAIN : name;
    }

    /// Whether the name `pattern` (`*`, `*.shop.example` or a full name) covers `host`, which may be a pattern too.
    public static boolean covers(String pattern, String host) {
        if (pattern.equals("*") || pattern.equals(host)) {
            return true;
        }
        return pattern.startsWith("*")
                && host.endsWith(pattern.substring(1))
                && host.length() > pattern.length() - 1;
    }
}
