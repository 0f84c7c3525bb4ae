package dev.quartet.bookshop;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Starts one service of the shop: `java -jar bookshop.jar reviews`.
///
/// | Environment | Meaning | Default |
/// |---|---|---|
/// | `BOOKSHOP_ROLE` | the service, when no argument names it | |
/// | `BOOKSHOP_VERSION` | `v1`, `v2` or `v3`; only reviews behaves differently by it | `v1` |
/// | `BOOKSHOP_LISTEN` | `host:port` | `0.0.0.0:9080` |
/// | `BOOKSHOP_INSTANCE` | the name in answers | `POD_NAME`, else service, version and process id |
public final class Bookshop {
    private Bookshop() {}

    public static void main(String[] args) throws InterruptedException {
        // An answer in two packets would wait 40 ms for a delayed ACK.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        // The sidecar must be the first to close an idle connection: a server that closes it just
        // as a request comes makes a 503.
        System.setProperty("sun.net.httpserver.idleInterval", "7200");
        System.setProperty("sun.net.httpserver.maxIdleConnections", "1000");
        try {
            var shop = start(args, System.getenv());
            Runtime.getRuntime().addShutdownHook(new Thread(shop::close));
            System.out.println(
                    "listening on "
                            + shop.address().getHostString()
                            + ":"
                            + shop.address().getPort());
        } catch (IllegalArgumentException | IOException failure) {
            System.err.println("bookshop: " + failure.getMessage());
            System.exit(2);
        }
        Thread.currentThread().join();
    }

    /// @throws IllegalArgumentException for a setting that cannot be used
    /// @throws IOException when the address cannot be bound
    static Shop start(String[] args, Map<String, String> environment) throws IOException {
        var role = role(args.length > 0 ? args[0] : environment.get("BOOKSHOP_ROLE"));
        var version = environment.getOrDefault("BOOKSHOP_VERSION", "v1");
        if (!Shop.versions().contains(version)) {
            throw new IllegalArgumentException(
                    "BOOKSHOP_VERSION is \"" + version + "\"; use one of v1, v2, v3");
        }
        var pod =
                environment.getOrDefault(
                        "POD_NAME",
                        role.service() + "-" + version + "-" + ProcessHandle.current().pid());
        var instance =
                new Instance(role, version, environment.getOrDefault("BOOKSHOP_INSTANCE", pod));
        var listen = environment.getOrDefault("BOOKSHOP_LISTEN", "0.0.0.0:9080");
        try {
            return new Shop(instance, Shop.listen(listen)).start();
        } catch (IOException failure) {
            throw new IOException(
                    "cannot listen on "
                            + listen
                            + ": "
                            + failure.getMessage()
                            + "; set BOOKSHOP_LISTEN to a free host:port",
                    failure);
        }
    }

    private static Role role(@Nullable String name) {
        if (name == null) {
            throw new IllegalArgumentException(
                    "no service is named; give one of "
                            + Role.list()
                            + " as argument or in BOOKSHOP_ROLE");
        }
        return Role.of(name)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "there is no service \"" + name + "\"; use one of " + Role.list()));
    }
}
