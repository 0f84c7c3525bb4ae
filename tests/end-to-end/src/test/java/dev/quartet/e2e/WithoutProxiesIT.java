package dev.quartet.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.testkit.MeshUnderTest;
import org.junit.jupiter.api.Test;

/// A control plane that nobody is connected to: config is taken, and nobody is told that it is in force.
class WithoutProxiesIT {
    @Test
    void configIsTakenAndWaitingForProxiesIsInVain() {
        try (var mesh =
                MeshUnderTest.up(
                        "--no-caches",
                        "--without=bookshop",
                        "--without=prometheus",
                        "--without=mixer",
                        "--without=injector")) {
            var apply = mesh.apply("samples/bookshop/strict-mtls.yaml").orFail();
            assertThat(apply.out())
                    .contains("PeerAuthentication shop/default created")
                    .contains("published; no proxy is connected, so it is in force on none yet");

            var wait = mesh.command("wait", "--timeout=1s");
            assertThat(wait.exitCode()).isEqualTo(1);
            assertThat(wait.out()).contains("not in force after", "no proxy is connected");

            var json = mesh.command("wait", "--timeout=1s", "-o", "json");
            assertThat(json.exitCode()).isEqualTo(1);
            assertThat(json.out()).contains("\"reached\" : false");

            var delete = mesh.delete("samples/bookshop/strict-mtls.yaml").orFail();
            assertThat(delete.out())
                    .contains("PeerAuthentication shop/default deleted", "no proxy is connected");
        }
    }
}
