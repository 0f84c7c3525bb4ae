package dev.quartet.admin;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// The JDK's small HTTP server for a port that serves one thing: apart from REST's server, so that no configuration mistake can open an admin path on it. A caller that is slow to send or to read is
/// cut off, and there are not more than 64 at once.
public final class SmallServer implements AutoCloseable {
    static {
        // The JDK bounds it by system properties only; what the operator sets wins.
        limit("sun.net.httpserver.maxReqTime", "10");
        limit("sun.net.httpserver.maxRspTime", "30");
        limit("jdk.httpserver.maxConnections", "64");
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private SmallServer(HttpServer server) {
        this.server = server;
    }

    private static void limit(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /// Serves until closed.
    ///
    /// @param tls null: plain HTTP
    /// @param handler gets every request, whatever its path
    /// @throws IOException when the port cannot be opened
    public static SmallServer open(
            InetSocketAddress address, @Nullable SSLContext tls, HttpHandler handler)
            throws IOException {
        var opened =
                new SmallServer(tls == null ? HttpServer.create(address, 0) : https(address, tls));
        opened.server.setExecutor(opened.threads);
        opened.server.createContext("/", handler);
        opened.server.start();
        return opened;
    }

    private static HttpServer https(InetSocketAddress address, SSLContext tls) throws IOException {
        var server = HttpsServer.create(address, 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        return server;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
