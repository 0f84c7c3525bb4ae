package dev.quartet.cli.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PortHolderTest {
    @TempDir Path folder;

    @Test
    void freePortIsNotTaken() throws Exception {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = socket.getLocalPort();
        }

        assertThat(PortHolder.taken("127.0.0.1", port)).isEmpty();
    }

    @Test
    void takenPortNamesItsProcess() throws Exception {
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThat(PortHolder.taken("127.0.0.1", socket.getLocalPort()).orElseThrow())
                    .contains("process " + ProcessHandle.current().pid());
        }
    }

    @Test
    void whoListensOnAllAddressesHoldsEach() throws Exception {
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
            assertThat(PortHolder.taken("127.0.0.1", socket.getLocalPort()).orElseThrow())
                    .contains("process " + ProcessHandle.current().pid());
        }
    }

    /// Two meshes differ in their addresses, not in their sidecars' ports.
    @Test
    @EnabledOnOs(OS.LINUX)
    void samePortOfAnotherAddressIsSomebodyElses() throws Exception {
        var own = new ServerSocket(0, 1, InetAddress.getByName("127.1.0.1"));
        try (own) {
            var port = own.getLocalPort();
            var server =
                    Detached.start(
                            List.of(
                                    Path.of(System.getProperty("java.home"), "bin/jwebserver")
                                            .toString(),
                                    "-b",
                                    "127.1.0.2",
                                    "-p",
                                    Integer.toString(port)),
                            Map.of(),
                            folder,
                            folder.resolve("server.log"));
            try {
                Awaitility.await().until(() -> PortHolder.taken("127.1.0.2", port).isPresent());

                assertThat(PortHolder.taken("127.1.0.2", port).orElseThrow())
                        .contains("process " + server.pid());
                assertThat(PortHolder.taken("127.1.0.1", port).orElseThrow())
                        .contains("process " + ProcessHandle.current().pid());
            } finally {
                Detached.stop(server.toHandle(), Duration.ofSeconds(5));
            }
        }
    }
}
