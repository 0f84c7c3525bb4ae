package dev.quartet.galley;

import dev.quartet.galley.kube.TestCluster;
import dev.quartet.identity.PrivateFiles;
import dev.quartet.identity.SpiffeId;
import dev.quartet.identity.testing.TestAuthority;
import dev.quartet.identity.testing.TestCitadel;
import dev.quartet.testkit.FreePorts;
import dev.quartet.testkit.SourceTree;
import dev.quartet.testkit.TcpGate;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.List;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/// A started Galley that a real kube-apiserver asks about config, with the rights that `k8s/galley` gives it. It has a
/// certificate, and so is asked, from [#giveToken] on.
///
/// @param gate the apiserver's way to the webhook
record JudgingGalley(
        ConfigurableApplicationContext context, TestCitadel citadel, TcpGate gate, Path folder)
        implements AutoCloseable {
    static final String ACCOUNT = "istio-galley-service-account";
    private static final String KUBECONFIG = "kubeconfig"; // fabric8's system property

    static JudgingGalley start(TestCluster cluster, Path folder) throws Exception {
        for (var file : List.of("rbac.yaml", "deployment.yaml", "service.yaml")) {
            cluster.put(
                    Files.readString(
                            SourceTree.root().resolve("k8s/galley/manifests").resolve(file)));
        }
        var authority = new TestAuthority(Clock.systemUTC());
        var citadel =
                new TestCitadel(authority, SpiffeId.controlPlane("cluster.local", ACCOUNT), 0);
        var port = FreePorts.several(1).getFirst();
        var gate = TcpGate.to(port);
        System.setProperty(KUBECONFIG, kubeconfig(cluster, folder).toString());
        try {
            var context =
                    SpringApplication.run(
                            GalleyApplication.class,
                            "--spring.profiles.active=kubernetes",
                            "--server.port=0",
                            "--quartet.metrics.port=0",
                            "--quartet.bind-address=127.0.0.1",
                            "--quartet.admin.tls.from-identity=false",
                            "--quartet.state-dir=" + folder.resolve("state"),
                            "--quartet.identity.token-file=" + folder.resolve("token"),
                            "--quartet.identity.root-cert-file="
                                    + authority.writeRoot(folder.resolve("root-cert.pem")),
                            "--quartet.identity.citadel-address=" + citadel.address(),
                            "--quartet.galley.grpc-port=0",
                            "--quartet.galley.webhook-port=" + port,
                            "--quartet.galley.webhook-url=https://127.0.0.1:" + gate.port());
            return new JudgingGalley(context, citadel, gate, folder);
        } catch (RuntimeException failure) {
            citadel.close();
            gate.close();
            throw failure;
        } finally {
            System.clearProperty(KUBECONFIG);
        }
    }

    /// Galley's own, not an administrator's.
    private static Path kubeconfig(TestCluster cluster, Path folder) throws IOException {
        var token =
                cluster.client()
                        .serviceAccounts()
                        .inNamespace("istio-system")
                        .withName(ACCOUNT)
                        .tokenRequest(new TokenRequestBuilder().withNewSpec().endSpec().build())
                        .getStatus()
                        .getToken();
        return Files.writeString(
                folder.resolve("kubeconfig"),
                Files.readString(cluster.apiServer().kubeconfig())
                        .replaceAll("token: .*", "token: " + token));
    }

    /// What Citadel gives a certificate for.
    void giveToken() throws IOException {
        PrivateFiles.write(folder.resolve("fresh"), TestCitadel.TOKEN);
        Files.move(
                folder.resolve("fresh"), folder.resolve("token"), StandardCopyOption.ATOMIC_MOVE);
    }

    GalleyRest rest() throws IOException {
        return GalleyRest.of(context, folder.resolve("state"));
    }

    @Override
    public void close() {
        context.close();
        citadel.close();
        gate.close();
    }
}
