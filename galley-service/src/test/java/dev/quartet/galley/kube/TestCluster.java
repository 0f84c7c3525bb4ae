package dev.quartet.galley.kube;

import static org.awaitility.Awaitility.await;

import dev.quartet.testkit.ApiServerProcess;
import dev.quartet.testkit.SourceTree;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A real kube-apiserver with the definitions of `k8s/crds` in force, and the namespaces `shop` and `istio-system`: one for all tests
/// of a class, which has it as a static field with `@RegisterExtension`.
public final class TestCluster implements BeforeAllCallback, AfterAllCallback {
    public static final Duration LIMIT = Duration.ofSeconds(60);

    private @Nullable ApiServerProcess apiServer;
    private @Nullable KubernetesClient client;

    @Override
    public void beforeAll(ExtensionContext context) {
        try {
            start();
        } catch (RuntimeException | Error failure) {
            stop();
            throw failure;
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        stop();
    }

    private void start() {
        apiServer = ApiServerProcess.create();
        client = client(apiServer.port());
        for (var namespace : List.of("shop", "istio-system")) {
            client.resource(
                            new NamespaceBuilder()
                                    .withNewMetadata()
                                    .withName(namespace)
                                    .endMetadata()
                                    .build())
                    .create();
        }
        definitions().forEach(file -> client().resource(text(file)).create());
        await("definitions are in force")
                .atMost(LIMIT)
                .until(() ->
                        definitionsOnServer().stream()
                                .allMatch(it -> condition(it, "Established").equals("True")));
    }

    private void stop() {
        if (client != null) {
            client.close();
            client = null;
        }
        if (apiServer != null) {
            apiServer.close();
            apiServer = null;
        }
    }

    static List<Path> definitions() {
        try (var files = Files.list(SourceTree.root().resolve("k8s/crds"))) {
            return files.filter(file -> !file.endsWith("kustomization.yaml")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<CustomResourceDefinition> definitionsOnServer() {
        return client().apiextensions().v1().customResourceDefinitions().list().getItems();
    }

    /// `True`, `False` or empty.
    static String condition(CustomResourceDefinition definition, String type) {
        return definition.getStatus() == null
                ? ""
                : definition.getStatus().getConditions().stream()
                        .filter(condition -> condition.getType().equals(type))
                        .findFirst()
                        .map(condition -> condition.getStatus())
                        .orElse("");
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public ApiServerProcess apiServer() {
        return Objects.requireNonNull(apiServer, "there is none outside of a test class");
    }

    /// An administrator's.
    public KubernetesClient client() {
        return Objects.requireNonNull(client, "there is none outside of a test class");
    }

    /// By another way to the apiserver, say a gate that can be shut.
    public KubernetesClient client(int port) {
        var config = Config.fromKubeconfig(text(apiServer().kubeconfig()));
        config.setMasterUrl("https://127.0.0.1:" + port);
        config.setRequestRetryBackoffLimit(0); // an error is an answer
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    /// An administrator's who acts as somebody else.
    public KubernetesClient client(String user) {
        var config = Config.fromKubeconfig(text(apiServer().kubeconfig()));
        config.setImpersonateUsername(user);
        return new KubernetesClientBuilder().withConfig(config).build();
    }

    /// As `kubectl apply` does it: unknown fields are refused.
    public void put(String yaml) {
        objects(yaml).forEach(this::put);
    }

    /// The same for objects that name no namespace: `kubectl apply -n`.
    void putIn(String namespace, String yaml) {
        for (var object : objects(yaml)) {
            if (object.getMetadata().getNamespace() == null) {
                object.getMetadata().setNamespace(namespace);
            }
            put(object);
        }
    }

    private void put(HasMetadata object) {
        client().resource(object)
                .fieldValidation(Validation.STRICT)
                .createOr(NonDeletingOperation::update);
    }

    public void delete(String yaml) {
        objects(yaml).forEach(object -> client().resource(object).delete());
    }

    List<HasMetadata> objects(String yaml) {
        return client().load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
                .items();
    }

    /// What is there under the name of the object.
    GenericKubernetesResource get(String apiVersion, String kind, String namespace, String name) {
        return client().genericKubernetesResources(apiVersion, kind)
                .inNamespace(namespace)
                .withName(name)
                .require();
    }
}
