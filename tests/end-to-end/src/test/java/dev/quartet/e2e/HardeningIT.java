package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.identity.JoinToken;
import dev.quartet.testkit.FreePorts;
import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.PlainHttp;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// The cases of docs/hardening.md that need the running suite.
@ExtendWith(SharedMesh.class)
class HardeningIT {
    static final List<String> SERVICES = MeshUnderTest.SERVICES;

    /// Case 1.
    @ParameterizedTest
    @FieldSource("SERVICES")
    void withoutLoginOnlyHealthAndMetricsAreOpen(String service, MeshUnderTest mesh) {
        var rest = mesh.rest(service);
        for (var path :
                List.of(
                        "/admin/v1/status",
                        "/admin/v1/loggers",
                        "/v3/api-docs",
                        "/admin/v1/config",
                        "/admin/v1/proxies",
                        "/admin/v1/certificates",
                        "/actuator/env",
                        "/actuator/heapdump",
                        "/actuator/beans")) {
            for (var headers :
                    List.of(
                            Map.<String, String>of(),
                            Map.of("Authorization", "Bearer wrong"),
                            Map.of("Authorization", "Basic YWRtaW46YWRtaW4="))) {
                var answer = PlainHttp.get(rest, path, headers);
                assertThat(answer.status()).as("%s with %s", path, headers).isIn(401, 403, 404);
                assertThat(answer.body())
                        .doesNotContain("shop")
                        .doesNotContain("BEGIN")
                        .doesNotContain(mesh.adminToken());
            }
        }
        assertThat(PlainHttp.get(rest, "/admin/v1/status", Map.of()).status()).isEqualTo(401);
        assertThat(PlainHttp.get(rest, "/actuator/health", Map.of()).status()).isEqualTo(200);
        assertThat(mesh.metrics(service)).contains("istio_build{");
        assertThat(mesh.rest(service, "GET", "/admin/v1/status", null).status()).isEqualTo(200);
        // Case 31: what could tell secrets is not there, not even with the token.
        for (var path : List.of("/actuator/env", "/actuator/heapdump", "/actuator/shutdown")) {
            assertThat(mesh.rest(service, "GET", path, null).status()).as(path).isEqualTo(404);
        }
    }

    /// Case 3.
    @Test
    void plaintextXdsIsClosedUnlessSwitchedOn(MeshUnderTest mesh) {
        assertThat(FreePorts.isFree(mesh.port(15010))).as("nobody listens").isTrue();
        assertThat(
                        new String(
                                firstBytes(
                                        new InetSocketAddress("127.0.0.1", mesh.port(15011)),
                                        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                                java.nio.charset.StandardCharsets.ISO_8859_1))
                .as("the mTLS port does not speak plaintext")
                .doesNotContain("\0\0\0\4");
    }

    private static byte[] firstBytes(InetSocketAddress address, String request) {
        try (var socket = Caller.plain(address)) {
            socket.getOutputStream()
                    .write(request.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
            return socket.getInputStream().readNBytes(64);
        } catch (IOException _) {
            return new byte[0];
        }
    }

    /// Case 5.
    @Test
    void citadelGivesNobodyAnothersSecret(MeshUnderTest mesh)
            throws IOException, InterruptedException {
        try (var storefront = Caller.of(mesh, "shop", "storefront")) {
            var token = JoinToken.read(Caller.trust(mesh, "shop", "storefront").resolve("token"));
            assertThat(storefront.secret(token, "default")).isEqualTo(Status.Code.OK);
            for (var name :
                    List.of(
                            "spiffe://cluster.local/ns/shop/sa/reviews",
                            "reviews",
                            "kubernetes://shop/gateway-credential",
                            "file-cert:/etc/passwd",
                            "../ca/key.pem")) {
                assertThat(storefront.secret(token, name)).as(name).isNotEqualTo(Status.Code.OK);
            }
            assertThat(
                            storefront.secret(
                                    new JoinToken(
                                            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzaG9wL3Jldmlld3MifQ."),
                                    "default"))
                    .isEqualTo(Status.Code.UNAUTHENTICATED);
        }
    }

    /// Case 29.
    @ParameterizedTest
    @FieldSource("SERVICES")
    void pagesOfOtherSitesReachNothing(String service, MeshUnderTest mesh) {
        var token = "Bearer " + mesh.adminToken();
        var rest = mesh.rest(service);
        assertThat(
                        PlainHttp.get(
                                        rest,
                                        "/admin/v1/status",
                                        Map.of(
                                                "Authorization",
                                                token,
                                                "Origin",
                                                "http://evil.example"))
                                .status())
                .isEqualTo(403);
        assertThat(
                        PlainHttp.get(
                                        rest,
                                        "/admin/v1/status",
                                        Map.of("Authorization", token, "Host", "evil.example:8080"))
                                .status())
                .as("DNS rebinding")
                .isIn(400, 403, 421);
        var preflight =
                PlainHttp.request(
                        "OPTIONS",
                        rest,
                        "/admin/v1/status",
                        Map.of(
                                "Origin",
                                "http://evil.example",
                                "Access-Control-Request-Method",
                                "GET"),
                        null);
        assertThat(preflight.headers()).doesNotContainKey("access-control-allow-origin");
        assertThat(
                        PlainHttp.request(
                                        "POST",
                                        rest,
                                        "/admin/v1/config/apply",
                                        Map.of(
                                                "Authorization",
                                                token,
                                                "Content-Type",
                                                "application/x-www-form-urlencoded",
                                                "Origin",
                                                "http://evil.example"),
                                        "a=b")
                                .status())
                .isBetween(400, 499);
        assertThat(
                        PlainHttp.get(rest, "/admin/v1/status", Map.of("Authorization", token))
                                .headers())
                .doesNotContainKey("access-control-allow-origin");
    }

    /// Case 30.
    @Test
    void secretsAreMadeAtTheFirstStartAndForTheirOwnerOnly(MeshUnderTest mesh) throws IOException {
        var secrets = new ArrayList<Path>();
        try (var all = Files.walk(mesh.home())) {
            all.filter(Files::isRegularFile)
                    .filter(file ->
                            file.getFileName()
                                    .toString()
                                    .matches(
                                            "(admin-)?token|identity\\.pem|.*key.*\\.pem|.*\\.key"))
                    .forEach(secrets::add);
        }
        assertThat(secrets).hasSizeGreaterThan(10);
        assertThat(secrets)
                .allSatisfy(file ->
                        assertThat(Files.getPosixFilePermissions(file))
                                .as(file.toString())
                                .isSubsetOf(
                                        Set.of(
                                                PosixFilePermission.OWNER_READ,
                                                PosixFilePermission.OWNER_WRITE)));
        assertThat(mesh.adminToken()).hasSizeGreaterThanOrEqualTo(32);

        var other = MeshUnderTest.prepare();
        try (other) {
            // Enough of a start to make the token, stopped by an Envoy that is none.
            other.start(Map.of("ENVOY_BIN", "/bin/true"));
            if (Files.exists(other.home().resolve("admin-token"))) {
                assertThat(other.adminToken()).isNotEqualTo(mesh.adminToken());
            }
        }
    }

    /// Case 31: nothing that is secret stands in a log.
    @Test
    void noSecretIsInALog(MeshUnderTest mesh) throws IOException {
        var token = mesh.adminToken();
        try (var logs = Files.list(mesh.home().resolve("logs"))) {
            for (var log : logs.toList()) {
                assertThat(Files.readString(log))
                        .as(log.toString())
                        .doesNotContain(token)
                        .doesNotContain("PRIVATE KEY")
                        .doesNotContain("Bearer ey");
            }
        }
    }

    @Test
    void unknownPathsAreProblemsInJson(MeshUnderTest mesh) {
        var answer = mesh.rest("pilot", "GET", "/admin/v1/nothing", null);
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.headers().get("content-type")).startsWith("application/problem+json");
        assertThatThrownBy(() ->
                        PlainHttp.get(
                                new InetSocketAddress("127.0.0.1", mesh.port(9901)), "/", Map.of()))
                .as("MCP takes no plaintext")
                .isInstanceOf(RuntimeException.class);
    }
}
