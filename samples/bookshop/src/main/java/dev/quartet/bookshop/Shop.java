package dev.quartet.bookshop;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// One running service of the shop: an HTTP server with a virtual thread per request.
final class Shop implements AutoCloseable {
    private static final String HTML_HEAD =
            """
            <!doctype html><meta charset="utf-8"><title>Bookshop</title><style>
            body{font:16px/1.5 system-ui,sans-serif;max-width:44em;margin:2em auto;padding:0 1em}
            section section{border-left:3px solid #8884;padding-left:1em;margin:1em 0}
            small{color:#777}.failed{color:#b00}.red{color:#c22}</style>
            """;

    private final Instance instance;
    private final HttpServer server;
    private final Remote remote = new Remote();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    Shop(Instance instance, InetSocketAddress listen) throws IOException {
        this.instance = instance;
        server = HttpServer.create(listen, 1024);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
    }

    Shop start() {
        server.start();
        return this;
    }

    InetSocketAddress address() {
        return server.getAddress();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var headers = exchange.getRequestHeaders();
            var accept = headers.getFirst("accept");
            var html = accept != null && accept.contains("text/html");
            Page page;
            if (exchange.getRequestMethod().equals("GET")) {
                page = page(exchange.getRequestURI().getPath(), html, headers);
            } else {
                exchange.getResponseHeaders().set("allow", "GET");
                page = new Page(instance).failed(405, "only GET is answered here");
            }

            var whole = html && instance.role() == Role.STOREFRONT;
            var text = html ? (whole ? HTML_HEAD : "") + page.html() : page.json() + "\n";
            var body = text.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders()
                    .set("content-type", html ? "text/html; charset=utf-8" : "application/json");
            exchange.sendResponseHeaders(page.status(), body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private Page page(String path, boolean html, Headers headers) {
        var page = new Page(instance);
        if (path.equals("/health")) {
            return page.with("status", "UP");
        }
        var parts = path.split("/", -1);
        if (parts.length < 2 || parts.length > 3 || !parts[1].equals(instance.service())) {
            return page.failed(
                    404, "nothing at " + path + "; this is the service " + instance.service());
        }
        var id = parts.length == 3 ? parts[2] : "1";
        var book = Book.of(id);
        if (book.isEmpty()) {
            return page.failed(404, "no book " + id + "; the shop has 1 to " + Book.STOCK.size());
        }
        return switch (instance.role()) {
            case STOREFRONT -> storefront(page, book.get(), html, headers);
            case DETAILS -> details(page, book.get());
            case REVIEWS -> reviews(page, book.get(), html, headers);
            case RATINGS -> ratings(page, book.get());
        };
    }

    private Page storefront(Page page, Book book, boolean html, Headers headers) {
        var details = remote.get(Role.DETAILS, "/details/" + book.id(), html, headers);
        var reviews = remote.get(Role.REVIEWS, "/reviews/" + book.id(), html, headers);

        var user = headers.getFirst("end-user");
        if (user != null) {
            page.with("user", user);
        }
        page.block(
                "<h1>Bookshop</h1>"
                        + (user == null ? "" : "<p>Hello, " + Page.escaped(user) + "</p>"));
        return page.part("details", details.join()).part("reviews", reviews.join());
    }

    private static Page details(Page page, Book book) {
        return page.with("id", book.id())
                .with("title", book.title())
                .with("author", book.author())
                .with("year", book.year())
                .with("pages", book.pages())
                .block(
                        "<h2>%s</h2><p>%s, %d pages</p>"
                                .formatted(
                                        Page.escaped(book.title()),
                                        Page.escaped(book.author()),
                                        book.pages()));
    }

    /// v1 shows no stars; v2 shows them in black and v3 in red, both from ratings.
    private Page reviews(Page page, Book book, boolean html, Headers headers) {
        page.with("id", book.id())
                .with(
                        "reviews",
                        book.reviews().stream()
                                .map(review ->
                                        Map.of(
                                                "reviewer",
                                                review.reviewer(),
                                                "text",
                                                review.text()))
                                .toList());
        for (var review : book.reviews()) {
            page.block(
                    "<p>“%s” <i>%s</i></p>"
                            .formatted(
                                    Page.escaped(review.text()), Page.escaped(review.reviewer())));
        }
        if (instance.version().equals("v1")) {
            return page;
        }
        var color = instance.version().equals("v3") ? "red" : "black";
        page.with("color", color).block("<div class=\"" + color + "\">");
        return page.part(
                        "ratings",
                        remote.get(Role.RATINGS, "/ratings/" + book.id(), html, headers).join())
                .block("</div>");
    }

    private static Page ratings(Page page, Book book) {
        var stars = new LinkedHashMap<String, Integer>();
        book.reviews().forEach(review -> stars.put(review.reviewer(), review.stars()));
        stars.forEach((who, count) ->
                page.block(
                        "<p>%s %s</p>"
                                .formatted(
                                        "★".repeat(count) + "☆".repeat(5 - count),
                                        Page.escaped(who))));
        return page.with("id", book.id()).with("stars", stars);
    }

    /// Where this process listens, from `host:port` or `:port`.
    ///
    /// @throws IllegalArgumentException with what is wrong and what is wanted
    static InetSocketAddress listen(String text) {
        var colon = text.lastIndexOf(':');
        try {
            var port = Integer.parseInt(text.substring(colon + 1));
            return colon <= 0
                    ? new InetSocketAddress(port)
                    : new InetSocketAddress(text.substring(0, colon), port);
        } catch (IllegalArgumentException _) {
            throw new IllegalArgumentException(
                    "BOOKSHOP_LISTEN is \""
                            + text
                            + "\"; write it as host:port, for example 127.0.0.1:9080");
        }
    }

    static List<String> versions() {
        return List.of("v1", "v2", "v3");
    }
}
