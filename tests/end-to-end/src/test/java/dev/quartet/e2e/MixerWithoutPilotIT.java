package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.EnvoyBinary;
import dev.quartet.testkit.EnvoyProcess;
import dev.quartet.testkit.FreePorts;
import dev.quartet.testkit.MeshUnderTest;
import dev.quartet.testkit.PlainHttp;
import dev.quartet.testkit.ServiceProcess;
import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// `samples/mixer-without-pilot`: its commands and files, on ports of the test's own.
@Execution(ExecutionMode.CONCURRENT)
class MixerWithoutPilotIT {
    private static final String SAMPLE = "samples/mixer-without-pilot";

    private final InetSocketAddress proxy = local(FreePorts.one());

    @Test
    void anEnvoyOfTheUsersOwnIsDecidedOverAndCounted() throws IOException {
        EnvoyBinary.required();
        try (var mesh =
                MeshUnderTest.up(
                        "--no-caches",
                        "--without=bookshop",
                        "--without=pilot",
                        "--without=injector",
                        "--without=prometheus")) {
            ServiceProcess.run(
                    "init-trust",
                    FiveServices.jar(FiveServices.Service.CITADEL),
                    List.of(
                            "init-trust",
                            "--state-dir",
                            mesh.home().resolve("state/citadel").toString(),
                            "--out",
                            mesh.home().resolve("trust").toString(),
                            "--sa",
                            "shop/orders"),
                    mesh.home());
            try (var application = new EchoServer();
                    var envoy = EnvoyProcess.start(files(mesh, application.port()))) {
                await("the proxy opens its port once it has its certificate")
                        .atMost(Duration.ofSeconds(30))
                        .ignoreException(UncheckedIOException.class)
                        .untilAsserted(() -> assertThat(ask("/").status()).isEqualTo(200));
                assertThat(ask("/internal").status()).as("before the rule").isEqualTo(200);

                mesh.command(
                                "apply",
                                "--no-wait",
                                "-f",
                                SourceTree.root() + "/" + SAMPLE + "/rule.yaml")
                        .orFail();
                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(() -> assertThat(ask("/internal").status()).isEqualTo(403));

                assertThat(ask("/internal/accounts").body())
                        .isEqualTo("PERMISSION_DENIED:closed.shop:internal pages are closed");
                assertThat(ask("//internal").status())
                        .as("another spelling of the same path")
                        .isEqualTo(403);
                assertThat(ask("/orders").body()).startsWith("GET /orders\n");
                assertThat(envoy.get("/certs"))
                        .contains("spiffe://cluster.local/ns/shop/sa/orders");
                var metrics = local(mesh.port(42422));
                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(() ->
                                assertThat(PlainHttp.get(metrics, "/metrics", Map.of()).body())
                                        .containsPattern(counted("200", "-"))
                                        .containsPattern(counted("403", "UAEX")));
                assertThat(envoy.log()).doesNotContain("Unknown field");
            }
        }
    }

    private static String counted(String code, String flags) {
        return "istio_requests_total\\{reporter=\"destination\",source_app=\"unknown\",.*"
                + "destination_workload=\"orders-v1\",destination_workload_namespace=\"shop\",.*"
                + "destination_service=\"orders.shop.svc.cluster.local\",.*"
                + "response_code=\"%s\",response_flags=\"%s\",.*\\} [1-9]".formatted(code, flags);
    }

    private PlainHttp.Answer ask(String path) {
        return PlainHttp.get(proxy, path, Map.of("Host", "orders"));
    }

    /// The sample's files with this mesh's folder and ports in them.
    ///
    /// @return the bootstrap
    private String files(MeshUnderTest mesh, int applicationPort) throws IOException {
        var folder = Files.createDirectories(mesh.home().resolve("sample"));
        var bootstrap = "";
        try (var files =
                Files.newDirectoryStream(SourceTree.root().resolve(SAMPLE), "{envoy,*-sds}.yaml")) {
            for (var file : files) {
                var text =
                        port(file, 10000, proxy.getPort())
                                .replace(SAMPLE, folder.toString())
                                .replace(".mesh/", mesh.home() + "/");
                for (var base : List.of(8060, 9091, 15000)) {
                    text = port(text, base, mesh.port(base));
                }
                text = port(text, 9080, applicationPort);
                Files.writeString(folder.resolve(file.getFileName()), text);
                if (file.endsWith("envoy.yaml")) {
                    bootstrap = text;
                }
            }
        }
        return bootstrap;
    }

    private static String port(Path file, int base, int moved) throws IOException {
        return port(Files.readString(file), base, moved);
    }

    private static String port(String text, int base, int moved) {
        return text.replace("port_value: " + base + "}", "port_value: " + moved + "}");
    }

    private static InetSocketAddress local(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }
}
