package dev.quartet.pilot.xds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.translate.XdsResource;
import dev.quartet.pilot.translate.XdsType;
import io.grpc.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PushQueueTest {
    private final PushQueue queue = new PushQueue();

    @Test
    void whatComesWhileAConnectionIsPushedWaitsUntilItIsGivenBack() throws InterruptedException {
        var connection = connection("reviews");
        queue.add(connection);
        queue.add(connection);
        assertThat(queue.size()).isOne();

        assertThat(queue.take()).isSameAs(connection);
        queue.add(connection);
        queue.add(connection);
        assertThat(queue.size()).as("no second worker gets it").isZero();

        queue.done(connection);
        assertThat(queue.size()).as("and nothing is lost").isOne();
        queue.done(queue.take());
        assertThat(queue.size()).isZero();
        queue.add(connection);
        assertThat(queue.size()).isOne();
    }

    /// A connection to nobody.
    static Connection connection(String account) {
        return new Connection(
                Meshes.sidecar(account, "127.1.0.1"),
                "delta",
                new Wire() {
                    @Override
                    public boolean send(
                            XdsType type,
                            String nonce,
                            String revision,
                            List<XdsResource> changed,
                            List<String> removed) {
                        return true;
                    }

                    @Override
                    public void refused(XdsType type, Set<String> names) {}

                    @Override
                    public boolean isReady() {
                        return true;
                    }

                    @Override
                    public void close(Status status) {}
                },
                Instant.EPOCH,
                () -> 0L,
                new XdsMetrics(new SimpleMeterRegistry()),
                () -> {});
    }
}
