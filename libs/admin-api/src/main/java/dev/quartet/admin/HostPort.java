package dev.quartet.admin;

/// Another server's address, as settings have it: `host:port`, `[::1]:8060` for IPv6.
/// @param host without brackets
public record HostPort(String host, int port) {
    private static final int MAX_PORT = 65_535;

    /// @throws IllegalArgumentException when the host is empty or the port is none
    public HostPort {
        if (host.isBlank() || port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException(
                    "an address is a host and a port from 1 to %d".formatted(MAX_PORT));
        }
    }

    /// Spring binds settings by it.
    /// @throws IllegalArgumentException when `text` is of another form
    public static HostPort of(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean brackets = host.startsWith("[") && host.endsWith("]");
        try {
            if (colon > 0 && (brackets || !host.contains(":"))) {
                return new HostPort(
                        brackets ? host.substring(1, host.length() - 1) : host,
                        Integer.parseInt(text.substring(colon + 1)));
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new IllegalArgumentException(
                "\"%s\" is not host:port; write it as 127.0.0.1:9901 or [::1]:9901"
                        .formatted(text));
    }

    /// As [#of] reads it.
    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
