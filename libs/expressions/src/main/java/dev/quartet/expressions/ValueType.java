package dev.quartet.expressions;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/// The types of attributes and expressions, by their Istio names, and the Java class that carries a value of each.
/// After `istio.policy.v1beta1.ValueType`.
public enum ValueType {
    /// [String]
    STRING(String.class, true),
    /// [Long]
    INT64(Long.class, true),
    /// [Double]
    DOUBLE(Double.class, true),
    /// [Boolean]
    BOOL(Boolean.class, false),
    /// [Instant]
    TIMESTAMP(Instant.class, true),
    /// [InetAddress]; an IPv4-mapped IPv6 address is the IPv4 address
    IP_ADDRESS(InetAddress.class, false),
    /// [String] of the form `local@domain`
    EMAIL_ADDRESS(String.class, false),
    /// [String]
    URI(String.class, false),
    /// [String]; case and a trailing dot do not count when two are compared
    DNS_NAME(String.class, false),
    /// [Duration]
    DURATION(Duration.class, true),
    /// [Map] of strings to strings
    STRING_MAP(Map.class, false);

    private final Class<?> javaType;
    private final boolean ordered;

    ValueType(Class<?> javaType, boolean ordered) {
        this.javaType = javaType;
        this.ordered = ordered;
    }

    /// The class whose instances carry values of this type.
    public Class<?> javaType() {
        return javaType;
    }

    /// A value as labels and logs show it: text as it is, durations in seconds (`0.25s`), addresses without a name.
    public static String text(Object value) {
        return switch (value) {
            case Duration duration -> GoDuration.format(duration);
            case InetAddress address -> address.getHostAddress();
            default -> value.toString();
        };
    }

    /// Whether `==` and `!=` work on it.
    public boolean hasEquality() {
        return this != STRING_MAP;
    }

    /// Whether `<`, `<=`, `>` and `>=` work on it.
    public boolean isOrdered() {
        return ordered;
    }
}
