package dev.quartet.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/// A real kube-apiserver on a real etcd, both on loopback: objects are stored, checked, watched and sent through
/// admission; no controller and no kubelet acts on them. It can go away and come back with its data ([#stop],
/// [#start]); [#close] ends it for good.
public final class ApiServerProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(90);
    private static final String LOOPBACK = "127.0.0.1";

    private final Path program;
    private final Path etcdProgram;
    private final Path folder;
    private final int port;
    private final int etcdPort;
    private final int etcdPeerPort;
    private final String token;
    private @Nullable Process etcd;
    private @Nullable Process apiServer;

    private ApiServerProcess(Path program, Path etcdProgram, Path folder) {
        this.program = program;
        this.etcdProgram = etcdProgram;
        this.folder = folder;
        var ports = FreePorts.several(3);
        this.port = ports.get(0);
        this.etcdPort = ports.get(1);
        this.etcdPeerPort = ports.get(2);
        var random = new byte[16];
        new SecureRandom().nextBytes(random);
        this.token = HexFormat.of().formatHex(random);
    }

    /// @throws TestAbortedException (a skip, with what to do) when the programs are not there
    public static ApiServerProcess create() {
        var server =
                new ApiServerProcess(
                        apiServerProgram(),
                        OnPath.required("etcd", "etcd-server"),
                        temporaryFolder());
        try {
            server.prepare();
            server.start();
            return server;
        } catch (IOException failure) {
            server.close();
            throw new UncheckedIOException("cannot start kube-apiserver", failure);
        } catch (RuntimeException failure) {
            server.close();
            throw failure;
        }
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("apiserver");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static Path apiServerProgram() {
        var chosen = System.getenv("KUBE_APISERVER_BIN");
        var file =
                chosen != null && !chosen.isEmpty()
                        ? Path.of(chosen)
                        : SourceTree.root().resolve(".mesh/kubernetes/kube-apiserver");
        if (!Files.isExecutable(file)) {
            throw new TestAbortedException(
                    "there is no kube-apiserver: ./mesh test builds one where Go is (tests/kubernetes/build.sh), or name one in KUBE_APISERVER_BIN");
        }
        return file.toAbsolutePath();
    }

    private void prepare() throws IOException {
        Files.writeString(
                folder.resolve("tokens.csv"), token + ",admin,admin,\"system:masters\"\n");
        try {
            var generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            var keys = generator.generateKeyPair();
            pem("PRIVATE KEY", keys.getPrivate().getEncoded(), "sa.key");
            pem("PUBLIC KEY", keys.getPublic().getEncoded(), "sa.pub");
        } catch (NoSuchAlgorithmException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private void pem(String type, byte[] content, String name) throws IOException {
        Files.writeString(
                folder.resolve(name),
                "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                        .formatted(
                                type,
                                Base64.getMimeEncoder(64, new byte[] {'\n'})
                                        .encodeToString(content),
                                type));
    }

    public void start() {
        startEtcd();
        startApiServer();
    }

    private void startEtcd() {
        if (etcd != null) {
            return;
        }
        var clients = "http://" + LOOPBACK + ":" + etcdPort;
        var peers = "http://" + LOOPBACK + ":" + etcdPeerPort;
        etcd =
                run(
                        "etcd",
                        List.of(
                                etcdProgram.toString(),
                                "--name=test",
                                "--data-dir=" + folder.resolve("etcd"),
                                "--logger=zap",
                                "--log-level=warn",
                                "--unsafe-no-fsync",
                                "--listen-client-urls=" + clients,
                                "--advertise-client-urls=" + clients,
                                "--listen-peer-urls=" + peers,
                                "--initial-advertise-peer-urls=" + peers,
                                "--initial-cluster=test=" + peers));
    }

    private void startApiServer() {
        var started =
                run(
                        "kube-apiserver",
                        List.of(
                                program.toString(),
                                "--etcd-servers=http://" + LOOPBACK + ":" + etcdPort,
                                "--bind-address=" + LOOPBACK,
                                "--advertise-address=" + LOOPBACK,
                                "--secure-port=" + port,
                                "--cert-dir=" + folder.resolve("certificates"),
                                "--token-auth-file=" + folder.resolve("tokens.csv"),
                                "--service-account-issuer=https://kubernetes.default.svc",
                                "--service-account-key-file=" + folder.resolve("sa.pub"),
                                "--service-account-signing-key-file=" + folder.resolve("sa.key"),
                                "--service-cluster-ip-range=10.96.0.0/16",
                                "--authorization-mode=RBAC",
                                // no controller makes the service account "default" here
                                "--disable-admission-plugins=ServiceAccount",
                                // a loopback address may not stand in the "kubernetes" endpoints
                                "--endpoint-reconciler-type=none",
                                "--profiling=false"));
        apiServer = started;
        Awaitility.await("kube-apiserver is ready")
                .atMost(START)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> ready(started));
        try {
            Files.writeString(folder.resolve("kubeconfig"), kubeconfigText());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private Process run(String name, List<String> command) {
        try {
            return new ProcessBuilder(new ArrayList<>(command))
                    .redirectErrorStream(true)
                    .redirectOutput(
                            ProcessBuilder.Redirect.appendTo(
                                    folder.resolve(name + ".log").toFile()))
                    .start();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot start " + name, failure);
        }
    }

    private boolean ready(Process started) throws IOException, InterruptedException {
        if (!started.isAlive()) {
            throw new IllegalStateException(
                    "kube-apiserver has ended with "
                            + started.exitValue()
                            + ":\n"
                            + Processes.tail(folder.resolve("kube-apiserver.log"), 20));
        }
        var certificate = folder.resolve("certificates/apiserver.crt");
        return Files.exists(certificate)
                && TrustingHttps.status(
                                certificate, "https://" + LOOPBACK + ":" + port + "/readyz", token)
                        == 200;
    }

    private String kubeconfigText() throws IOException {
        var authority =
                Base64.getEncoder()
                        .encodeToString(
                                Files.readAllBytes(folder.resolve("certificates/apiserver.crt")));
        return """
        apiVersion: v1
        kind: Config
        clusters:
        - name: test
          cluster:
            server: %s
            certificate-authority-data: %s
        users:
        - name: admin
          user:
            token: %s
        contexts:
        - name: test
          context: {cluster: test, user: admin}
        current-context: test
        """
                .formatted(url(), authority, token);
    }

    public int port() {
        return port;
    }

    public String url() {
        return "https://" + LOOPBACK + ":" + port;
    }

    /// An administrator's.
    public Path kubeconfig() {
        return folder.resolve("kubeconfig");
    }

    /// Forgets the history of changes, so that a watch from before is told that it is too old.
    public void compact() {
        // etcdctl is no part of the package: its HTTP gateway does the same.
        var revision =
                gateway("kv/range", "{\"key\":\"AA==\"}")
                        .replaceAll(".*\"revision\":\"(\\d+)\".*", "$1");
        gateway("kv/compaction", "{\"revision\":\"" + revision + "\",\"physical\":true}");
    }

    private String gateway(String path, String body) {
        try (var client = java.net.http.HttpClient.newHttpClient()) {
            var answer =
                    client.send(
                            java.net.http.HttpRequest.newBuilder(
                                            java.net.URI.create(
                                                    "http://%s:%d/v3/%s"
                                                            .formatted(LOOPBACK, etcdPort, path)))
                                    .POST(java.net.http.HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            java.net.http.HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(
                        "etcd says " + answer.statusCode() + ": " + answer.body());
            }
            return answer.body();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /// Ends kube-apiserver; etcd goes on, so nothing is lost.
    public void stop() {
        var running = apiServer;
        apiServer = null;
        if (running != null) {
            // without the long lame-duck time of an orderly end
            running.destroyForcibly();
            try {
                running.waitFor(10, TimeUnit.SECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        stop();
        var running = etcd;
        etcd = null;
        if (running != null) {
            Processes.stop(running);
        }
        Folders.delete(folder);
    }
}
