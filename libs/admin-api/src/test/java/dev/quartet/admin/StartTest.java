package dev.quartet.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.identity.Pem;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.identity.testing.Trusting;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;

/// What a start that cannot succeed looks like to the person who started it: a process of its own, its stderr and its exit code.
class StartTest {
    @TempDir Path folder;

    record Ended(int exitCode, String stdout, String stderr) {}

    @Test
    void namesTheProcessThatHoldsThePort() throws Exception {
        try (var held = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var ended = start("--server.port=" + held.getLocalPort());

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.stderr())
                    .startsWith(
                            "Start failed: plain: port %d on 127.0.0.1 (REST) is taken by process %d ("
                                    .formatted(held.getLocalPort(), ProcessHandle.current().pid()))
                    .contains(
                            "What to do: stop that process, or move all ports of this service with --quartet.port-offset");
            assertThat(ended.stderr().lines()).hasSize(2);
            assertThat(ended.stdout()).isEmpty();
        }
    }

    @Test
    void namesTheProcessThatHoldsTheMetricsPortMovedByTheOffset() throws Exception {
        try (var held = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var ended =
                    start(
                            "--server.port=0",
                            "--quartet.port-offset=1000",
                            "--quartet.metrics.port=" + (held.getLocalPort() - 1000));

            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(ended.stderr())
                    .contains(
                            "port %d on 127.0.0.1 (metrics) is taken by process"
                                    .formatted(held.getLocalPort()));
        }
    }

    @Test
    void refusesPlaintextOffLoopback() throws Exception {
        var ended = start("--server.port=0", "--quartet.bind-address=0.0.0.0");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr())
                .contains(
                        "quartet.bind-address=0.0.0.0",
                        "has no TLS certificate",
                        "quartet.admin.tls.certificate-file");
    }

    @Test
    void refusesATokenThatOthersCanRead() throws Exception {
        Path token = folder.resolve("token");
        Files.writeString(token, "0123456789012345678901234567890123456789");
        Files.setPosixFilePermissions(
                token, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));

        var ended = start("--server.port=0", "--quartet.admin.token-file=" + token);

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr())
                .contains("the admin token in " + token + " cannot be used")
                .doesNotContain("\tat ");
        assertThat(ended.stdout()).isEmpty();
    }

    @Test
    void namesASettingThatIsNoNumber() throws Exception {
        var ended = start("--server.port=0", "--quartet.port-offset=lots");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr()).contains("quartet.port-offset", "lots").doesNotContain("\tat ");
    }

    @Test
    void namesATrustDomainThatNoIdentityCanHave() throws Exception {
        var ended = start("--server.port=0", "--quartet.trust-domain=Cluster.Local");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr())
                .startsWith("Start failed: plain: quartet.trust-domain: ")
                .contains("Cluster.Local");
    }

    @Test
    void refusesAStateFolderThatCannotBeMade() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "x");

        var ended = start("--server.port=0", "--quartet.state-dir=" + file.resolve("state"));

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr()).contains("the state folder", "quartet.state-dir");
    }

    @Test
    void offsetMovesEveryPort() throws Exception {
        int rest = freePort();
        int metrics = freePort();
        int offset = 1;

        try (var service =
                SpringApplication.run(
                        PlainService.class,
                        "--server.port=" + (rest - offset),
                        "--quartet.metrics.port=" + (metrics - offset),
                        "--quartet.port-offset=" + offset,
                        "--quartet.state-dir=" + folder.resolve("state"))) {
            assertThat(service.getEnvironment().getProperty("local.server.port"))
                    .isEqualTo(Integer.toString(rest));
            assertThat(service.getBean(MetricsServer.class).port()).isEqualTo(metrics);
            assertThat(service.getBean(Ports.class).of(15_011)).isEqualTo(15_012);
        }
    }

    @Test
    void namesAJavaProcessByItsJarOrMainClass() {
        assertThat(
                        PortHolder.telling(
                                List.of(
                                        "/usr/bin/java",
                                        "-Xmx64m",
                                        "-cp",
                                        "a.jar:b.jar",
                                        "-Da=b",
                                        "dev.quartet.Pilot",
                                        "--x")))
                .isEqualTo("java dev.quartet.Pilot");
        assertThat(
                        PortHolder.telling(
                                List.of("java", "-Xmx64m", "-jar", "/opt/pilot.jar", "--x=y")))
                .isEqualTo("java -jar /opt/pilot.jar");
        assertThat(PortHolder.telling(List.of("/usr/bin/python3", "-m", "http.server")))
                .isEqualTo("/usr/bin/python3 -m http.server");
        assertThat(PortHolder.telling(List.of("x".repeat(500)))).hasSize(121);
    }

    @Test
    void portOutsideTheRangeIsRefused() {
        assertThatThrownBy(() -> new Ports(60_000).of(8080))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining("68080");
        assertThat(new Ports(60_000).of(0)).isZero();
    }

    @Test
    void namesAnAddressThatIsNotThisMachines() {
        assertThatThrownBy(() -> PortCheck.requireFree("REST", "192.0.2.1", 18_080))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining("192.0.2.1")
                .hasMessageContaining("not an address of this machine");
    }

    @Test
    void aControlSignInAMessageOrKeyCannotForgeALine() {
        var context = new ch.qos.logback.classic.LoggerContext();
        var layout = new ch.qos.logback.classic.PatternLayout();
        layout.setContext(context);
        layout.getInstanceConverterMap()
                .put("clr", org.springframework.boot.logging.logback.ColorConverter::new);
        layout.setPattern(StartupDefaults.LOG_PATTERN);
        layout.start();
        var event = new ch.qos.logback.classic.spi.LoggingEvent();
        event.setLoggerContext(context);
        event.setLoggerName("dev.quartet.admin.Some");
        event.setLevel(ch.qos.logback.classic.Level.INFO);
        event.setTimeStamp(0);
        event.setMessage("Something\r\n12:00:00.000 ERROR forged");
        event.setKeyValuePairs(
                List.of(new org.slf4j.event.KeyValuePair("name", "a\u001b[31mb\nc")));

        String line = layout.doLayout(event);

        assertThat(line.strip())
                .doesNotContain("\n", "\r")
                .contains("Some", "forged name=\"a?", "b?c\"");
    }

    @Test
    void servesTlsFromPemFiles() throws Exception {
        var own = TestAuthority.selfSigned("EC", Duration.ofMinutes(10));
        Path cert = Files.writeString(folder.resolve("cert.pem"), Pem.encode(own.chain()));
        Path key = Files.writeString(folder.resolve("key.pem"), Pem.encode(own.key()));

        try (var service =
                SpringApplication.run(
                        PlainService.class,
                        "--server.port=0",
                        "--quartet.admin.tls.certificate-file=" + cert,
                        "--quartet.admin.tls.key-file=" + key,
                        "--quartet.state-dir=" + folder.resolve("state"))) {
            int port =
                    Integer.parseInt(
                            service.getEnvironment().getRequiredProperty("local.server.port"));
            try (var socket =
                    (javax.net.ssl.SSLSocket)
                            Trusting.only(own.leaf())
                                    .getSocketFactory()
                                    .createSocket("127.0.0.1", port)) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream()
                        .write(
                                "GET /actuator/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));

                assertThat(
                                new String(
                                        socket.getInputStream().readAllBytes(),
                                        StandardCharsets.US_ASCII))
                        .startsWith("HTTP/1.1 200 ");
                assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
            }
        }
    }

    private Ended start(String... arguments) throws IOException, InterruptedException {
        var command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "--sun-misc-unsafe-memory-access=allow",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                PlainService.class.getName(),
                                "--spring.application.name=plain"));
        command.addAll(List.of(arguments));
        if (command.stream().noneMatch(argument -> argument.startsWith("--quartet.state-dir="))) {
            command.add("--quartet.state-dir=" + folder.resolve("state"));
        }
        Path stdout = folder.resolve("stdout");
        Path stderr = folder.resolve("stderr");
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(stdout.toFile())
                        .redirectError(stderr.toFile())
                        .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS))
                    .as("ended by itself; stdout: %s", Files.readString(stdout))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Ended(
                process.exitValue(),
                Files.readString(stdout, StandardCharsets.UTF_8),
                Files.readString(stderr, StandardCharsets.UTF_8));
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
