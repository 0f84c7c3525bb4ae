package dev.quartet.admin;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;

/// A whole answer of a [SmallServer].
public record SmallAnswer(int status, String contentType, byte[] body) {
    /// A refusal as problem+json.
    public static SmallAnswer problem(int status, String detail) {
        return problem(status, ProblemJson.typeOf(status), ProblemJson.titleOf(status), detail);
    }

    /// @param type its name among `urn:quartet:problem:`
    public static SmallAnswer problem(int status, String type, String title, String detail) {
        return new SmallAnswer(
                status, "application/problem+json", ProblemJson.bytes(status, type, title, detail));
    }

    /// @throws IOException when the caller has gone
    public void send(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", contentType);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
