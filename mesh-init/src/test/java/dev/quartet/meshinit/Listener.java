package dev.quartet.meshinit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Stands in for proxy and application: answers every connection with the number of the port that got it. A program of its own, as it runs inside a namespace.
public final class Listener {
    private Listener() {}

    /// @param arguments ports, for IPv4 and IPv6
    public static void main(String[] arguments) throws Exception {
        for (var port : Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray()) {
            var server = ServerSocketChannel.open();
            server.bind(new InetSocketAddress(InetAddress.getByName("::"), port));
            Thread.ofVirtual().start(() -> serve(server, port));
        }
        System.out.println("ready");
        System.in.read(); // until the test closes it
    }

    private static void serve(ServerSocketChannel server, int port) {
        try {
            while (true) {
                try (var connection = server.accept();
                        var out = Channels.newOutputStream(connection)) {
                    out.write((port + "\n").getBytes(StandardCharsets.UTF_8));
                }
            }
        } catch (IOException _) {
            // the process ends
        }
    }

    /// The other side: connects `from` (an address, or `-`) to `address` `port` and prints the answer, or why there is none.
    static final class Dial {
        private Dial() {}

        public static void main(String[] arguments) {
            try (var socket = new Socket()) {
                if (!arguments[0].equals("-")) {
                    socket.bind(new InetSocketAddress(InetAddress.getByName(arguments[0]), 0));
                }
                socket.connect(
                        new InetSocketAddress(
                                InetAddress.getByName(arguments[1]),
                                Integer.parseInt(arguments[2])),
                        3000);
                System.out.print(
                        new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                                .strip());
            } catch (IOException failure) {
                System.out.print(failure.getMessage());
            }
        }
    }
}
