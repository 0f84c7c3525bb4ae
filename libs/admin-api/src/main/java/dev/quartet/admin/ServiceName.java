package dev.quartet.admin;

import java.net.InetAddress;
import java.net.UnknownHostException;

/// Which service this is (`spring.application.name`: `pilot`, `galley`, `citadel`, `mixer`, `sidecar-injector`), and its version from the jar's manifest (`dev` when run from classes).
public record ServiceName(String name, String version) {

    /// Names this process among its like: host name and port, `mixer-9091` on a host without a name.
    /// @param port that no other replica on the host has, with the offset applied
    public String replica(int port) {
        try {
            return InetAddress.getLocalHost().getHostName() + "-" + port;
        } catch (UnknownHostException e) {
            return name + "-" + port;
        }
    }
}
