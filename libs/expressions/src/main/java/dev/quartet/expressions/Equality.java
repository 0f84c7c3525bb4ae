package dev.quartet.expressions;

import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// When two values of one type are the same.
enum Equality {
    PLAIN {
        @Override
        boolean same(Object left, Object right) {
            return left.equals(right);
        }
    },
    NUMBER {
        @Override
        boolean same(Object left, Object right) {
            return ((Number) left).doubleValue() == ((Number) right).doubleValue();
        }
    },
    DNS {
        @Override
        boolean same(Object left, Object right) {
            return sameHost((String) left, (String) right);
        }
    },
    EMAIL {
        @Override
        boolean same(Object left, Object right) {
            var first = (String) left;
            var second = (String) right;
            var firstAt = first.lastIndexOf('@');
            var secondAt = second.lastIndexOf('@');
            if (firstAt < 0 || secondAt < 0) {
                return first.equals(second);
            }
            return first.substring(0, firstAt).equals(second.substring(0, secondAt))
                    && sameHost(first.substring(firstAt + 1), second.substring(secondAt + 1));
        }
    },
    /// Scheme and host compare without case; the default port of http and https may be left out.
    URI {
        @Override
        boolean same(Object left, Object right) {
            if (left.equals(right)) {
                return true;
            }
            var first = parsed((String) left);
            var second = parsed((String) right);
            return first != null && first.equals(second);
        }

        private static @Nullable String parsed(String text) {
            try {
                var uri = new java.net.URI(text);
                if (uri.isOpaque() || uri.getScheme() == null) {
                    var colon = uri.getScheme() == null ? 0 : uri.getScheme().length();
                    return text.substring(0, colon).toLowerCase(Locale.ROOT)
                            + text.substring(colon);
                }
                var scheme = uri.getScheme().toLowerCase(Locale.ROOT);
                var authority = uri.getRawAuthority();
                if (uri.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
                    var port = uri.getPort() < 0 ? scheme.equals("http") ? 80 : 443 : uri.getPort();
                    var user = uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo() + "@";
                    authority =
                            user + undotted(uri.getHost()).toLowerCase(Locale.ROOT) + ":" + port;
                }
                return scheme
                        + "://"
                        + authority
                        + uri.getRawPath()
                        + "?"
                        + uri.getRawQuery()
                        + "#"
                        + uri.getRawFragment();
            } catch (URISyntaxException e) {
                return null;
            }
        }
    };

    abstract boolean same(Object left, Object right);

    static Equality of(ValueType type) {
        return switch (type) {
            case STRING, INT64, BOOL, TIMESTAMP, IP_ADDRESS, DURATION, STRING_MAP -> PLAIN;
            case DOUBLE -> NUMBER;
            case DNS_NAME -> DNS;
            case EMAIL_ADDRESS -> EMAIL;
            case URI -> URI;
        };
    }

    private static boolean sameHost(String left, String right) {
        return undotted(left).equalsIgnoreCase(undotted(right));
    }

    private static String undotted(String host) {
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }
}
