package dev.quartet.admin;

/// The one place where `quartet.port-offset` is applied: every port a service opens goes through [#of(int)].
/// Port 0 ("any free port", used by tests) is never moved.
public record Ports(int offset) {
    private static final int MAX_PORT = 65_535;

    public Ports {
        if (offset < 0 || offset > MAX_PORT) {
            throw new StartupFailure(
                    "quartet.port-offset is %d, which is not between 0 and %d"
                            .formatted(offset, MAX_PORT),
                    "choose an offset that keeps every port below 65536, e.g. --quartet.port-offset=10000");
        }
    }

    /// @param basePort the port as configured, without the offset
    public int of(int basePort) {
        if (basePort == 0) {
            return 0;
        }
        int port = basePort + offset;
        if (basePort < 0 || port > MAX_PORT) {
            throw new StartupFailure(
                    "port %d with quartet.port-offset=%d gives %d, which is not a port"
                            .formatted(basePort, offset, port),
                    "choose a smaller --quartet.port-offset");
        }
        return port;
    }
}
