package dev.quartet.admin;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// The settings all services share, under `quartet.`; each service binds its own part of the same prefix in a record of its own.
/// @param stateDir the service's own state; made with mode 0700 before anything else starts
/// @param trustDomain first part of every identity of the mesh
/// @param bindAddress where every server of the service listens
@ConfigurationProperties("quartet")
public record AdminProperties(
        Path stateDir,
        @DefaultValue("cluster.local") String trustDomain,
        @DefaultValue("0") int portOffset,
        @DefaultValue("127.0.0.1") String bindAddress,
        @DefaultValue Admin admin,
        @DefaultValue Metrics metrics) {

    /// @param tokenFile the bearer token, mode 0600; null: `admin-token` in the state folder
    /// @param allowedHosts further names a `Host` header may carry (loopback names and the address a request came to are always allowed)
    /// @param allowedOrigins `Origin` values that are let in; every other browser page is refused
    /// @param plaintextOffLoopback development switch: REST without TLS on an address others can reach
    public record Admin(
            @Nullable Path tokenFile,
            @DefaultValue List<String> allowedHosts,
            @DefaultValue List<String> allowedOrigins,
            @DefaultValue("10MB") DataSize maxBodySize,
            @DefaultValue("30s") Duration bodyTimeout,
            @DefaultValue Tls tls,
            @DefaultValue("false") boolean plaintextOffLoopback) {}

    /// PEM files of the REST port; reread when they change. Both or none.
    public record Tls(@Nullable Path certificateFile, @Nullable Path keyFile) {
        boolean enabled() {
            return certificateFile != null && keyFile != null;
        }
    }

    /// @param port without offset; null: no metrics port, 0: any free one
    public record Metrics(@Nullable Integer port) {}

    public Path tokenFile() {
        Path configured = admin.tokenFile();
        return configured == null ? stateDir.resolve("admin-token") : configured;
    }

    public Ports ports() {
        return new Ports(portOffset);
    }

    /// Where another service of the same mesh is when nothing else is said.
    /// @param basePort without the offset
    public HostPort onThisMachine(int basePort) {
        return new HostPort("127.0.0.1", ports().of(basePort));
    }

    boolean onLoopback() {
        try {
            return InetAddress.getByName(bindAddress).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new StartupFailure(
                    "quartet.bind-address \"%s\" cannot be resolved".formatted(bindAddress),
                    "set it to an IP address of this machine, or leave it out for 127.0.0.1",
                    e);
        }
    }
}
