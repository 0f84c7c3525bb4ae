package dev.quartet.benchmarks.mesh;

import dev.quartet.benchmarks.load.ConfigSink;
import dev.quartet.testkit.ServiceProcess;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A real Galley with a real Citadel, and this process in Pilot's place.
public final class GalleyStack implements AutoCloseable {
    private final Ground ground;
    private final ConfigSink sink;
    private final ServiceProcess galley;
    private final long startNanos;

    /// @param config the watched directory
    /// @param jar Galley's
    /// @param flags of Galley's JVM
    public GalleyStack(Path root, Path folder, Path config, Path jar, List<String> flags)
            throws IOException, InterruptedException {
        this.ground = new Ground(root, folder, List.of());
        try {
            // the sink is there before Galley is, and waits for it
            var channel =
                    NettyChannelBuilder.forAddress("127.0.0.1", ground.port(9901))
                            .sslContext(ground.identity("pilot").tls().client(Ground.id("galley")))
                            .maxInboundMessageSize(256 << 20)
                            .build();
            this.startNanos = System.nanoTime();
            this.galley =
                    ground.start(
                            "galley", jar, flags, List.of("--quartet.galley.config-dir=" + config));
            this.sink = new ConfigSink(channel);
            ground.onClose(sink);
        } catch (IOException | InterruptedException | RuntimeException failure) {
            ground.close();
            throw failure;
        }
    }

    public ConfigSink sink() {
        return sink;
    }

    public ServiceProcess galley() {
        return galley;
    }

    /// `System.nanoTime()` at Galley's start.
    public long startNanos() {
        return startNanos;
    }

    @Override
    public void close() {
        ground.close();
    }
}
