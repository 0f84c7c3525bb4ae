package dev.quartet.pilot.traffic;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// An application that answers 204 to every request without a body, whatever its path.
final class Silent {
    private Silent() {}

    static LoopbackServer start() {
        return new LoopbackServer(Silent::answer);
    }

    private static void answer(Socket socket) throws IOException {
        var lines =
                new BufferedReader(
                        new InputStreamReader(
                                socket.getInputStream(), StandardCharsets.ISO_8859_1));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isEmpty()) {
                socket.getOutputStream()
                        .write(
                                "HTTP/1.1 204 No Content\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
            }
        }
    }
}
