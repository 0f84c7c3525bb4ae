package dev.quartet.cli.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.quartet.cli.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Services elsewhere, by HTTPS with the mesh's own root. Keys and certificates are keytool's.
class AdminClientTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final List<HttpServer> servers = new ArrayList<>();

    @TempDir Path folder;

    @BeforeEach
    void token() throws IOException {
        Files.writeString(folder.resolve("token"), "0123456789012345678901234567890123456789");
    }

    @AfterEach
    void stop() {
        servers.forEach(server -> server.stop(0));
    }

    @Test
    void believesWhatTheRootHasSigned() throws Exception {
        var galley = galley("mesh", "ip:127.0.0.1");

        assertThat(client(galley, "mesh").get("/", LIMIT).path("from").asString())
                .isEqualTo("mesh");
    }

    @Test
    void withoutARootItSaysHowToNameOne() throws Exception {
        var galley = galley("mesh", "ip:127.0.0.1");

        refused(
                client(galley, null),
                "Galley at " + galley + " cannot be trusted",
                "--ca-file or MESH_CA_FILE");
    }

    @Test
    void anotherMeshsRootIsNoRoot() throws Exception {
        var galley = galley("mesh", "ip:127.0.0.1");
        keys("other", "ip:127.0.0.1");

        refused(
                client(galley, "other"),
                "cannot be trusted",
                "other.pem must hold the root certificate of that very mesh");
    }

    @Test
    void aNameThatTheCertificateDoesNotHaveIsRefused() throws Exception {
        var galley = galley("mesh", "dns:galley");

        refused(client(galley, "mesh"), "cannot be trusted", "one of the names");
    }

    @Test
    void aFileWithoutCertificateIsNamed() throws Exception {
        Files.writeString(folder.resolve("none.pem"), "");

        assertThatThrownBy(() -> client("https://127.0.0.1:1", "none"))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("none.pem");
    }

    private AdminClient client(String url, @Nullable String root) {
        return new AdminClient(
                "Galley",
                new Address(
                        url,
                        folder.resolve("token"),
                        root == null ? null : folder.resolve(root + ".pem"),
                        false));
    }

    private static void refused(AdminClient client, String what, String fix) {
        assertThatThrownBy(() -> client.get("/", LIMIT))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure ->
                                assertThat(failure.getMessage() + "; " + failure.fix())
                                        .contains(what, fix));
    }

    /// @param names as keytool's `san` wants them
    private String galley(String keys, String names) throws Exception {
        var context = SSLContext.getInstance("TLS");
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys(keys, names), PASSWORD);
        context.init(managers.getKeyManagers(), null, null);
        var server = HttpsServer.create(loopback(), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        return start(server, keys).replace("http:", "https:");
    }

    private String start(HttpServer server, String name) {
        servers.add(server);
        server.createContext(
                "/",
                exchange -> {
                    var body =
                            "{\"from\": \"%s\"}".formatted(name).getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private static InetSocketAddress loopback() throws IOException {
        return new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
    }

    /// A key store, and beside it the certificate as NAME.pem.
    private KeyStore keys(String name, String names) throws Exception {
        var store = folder.resolve(name + ".p12");
        keytool(
                List.of(
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=" + names,
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "changeit"));
        keytool(
                List.of(
                        "-exportcert",
                        "-rfc",
                        "-alias",
                        name,
                        "-file",
                        folder.resolve(name + ".pem").toString(),
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "changeit"));
        return KeyStore.getInstance(store.toFile(), PASSWORD);
    }

    private static void keytool(List<String> arguments) throws Exception {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(arguments);
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }
}
