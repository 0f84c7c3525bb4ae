package dev.quartet.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quartet.kube.Leadership.Term;
import dev.quartet.testkit.ApiServerProcess;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhook;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfigurationBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhook;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfiguration;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfigurationBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.WebhookClientConfig;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.WebhookClientConfigBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The same for both types of configuration.
@Tag("apiserver")
class WebhookRegistrationTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Leadership.Timing FAST =
            new Leadership.Timing(
                    Duration.ofSeconds(3), Duration.ofSeconds(2), Duration.ofMillis(200));
    private static ApiServerProcess apiServer;
    private static KubernetesClient client;

    /// PEM of two trusts.
    private static String root;

    private static String otherRoot;

    @BeforeAll
    static void start() throws IOException {
        apiServer = ApiServerProcess.create();
        var config = Config.fromKubeconfig(Files.readString(apiServer.kubeconfig()));
        client = new KubernetesClientBuilder().withConfig(config).build();
        root =
                new String(
                        Base64.getDecoder().decode(config.getCaCertData()),
                        StandardCharsets.US_ASCII);
        otherRoot = root + root;
    }

    @AfterAll
    static void stop() {
        if (client != null) {
            client.close();
            apiServer.close();
        }
    }

    abstract static class OfType<C extends HasMetadata, W> {
        private final AtomicReference<Optional<String>> trust =
                new AtomicReference<>(Optional.empty());
        private final AtomicInteger written = new AtomicInteger();
        private final AtomicInteger failed = new AtomicInteger();

        abstract WebhookType<C, W> type();

        abstract C configuration(ObjectMeta metadata, WebhookClientConfig address);

        abstract String failurePolicy(W webhook);

        abstract BiConsumer<W, String> setFailurePolicy();

        private WebhookRegistration<C, W> register(String name, Leadership leadership) {
            return WebhookRegistration.start(
                    client,
                    type(),
                    wanted(name),
                    trust::get,
                    new WebhookRegistration.Observer() {
                        @Override
                        public void written() {
                            written.incrementAndGet();
                        }

                        @Override
                        public void failed() {
                            failed.incrementAndGet();
                        }
                    },
                    leadership);
        }

        private C wanted(String name) {
            return configuration(
                    new ObjectMetaBuilder().withName(name).build(),
                    new WebhookAddress(null, "default", "webhook").at("/judge"));
        }

        private ClusterRole role(String name) {
            return new ClusterRoleBuilder().withNewMetadata().withName(name).endMetadata().build();
        }

        private C there(String name) {
            return type().at(client, name).get();
        }

        private W webhook(String name) {
            return type().webhooks(there(name)).getFirst();
        }

        private String bundle(String name) {
            return new String(
                    Base64.getDecoder().decode(type().address(webhook(name)).getCaBundle()),
                    StandardCharsets.US_ASCII);
        }

        private void change(String name, Function<W, W> change) {
            type().at(client, name)
                    .edit(found -> {
                        type().setWebhooks(
                                        found,
                                        type().webhooks(found).stream().map(change).toList());
                        return found;
                    });
        }

        @Test
        void isMadeWhenItCanBeCalledAndKeptRight() {
            var name = "kept-right-" + getClass().getSimpleName().toLowerCase(Locale.ROOT);
            var role = client.resource(role(name)).create();
            try (var leadership = Leadership.start(client, "default", name, "a", FAST);
                    var registration = register(name, leadership)) {
                await().atMost(LIMIT).until(registration::leads);
                assertThat(there(name)).as("nobody can call it yet").isNull();

                trust.set(Optional.of(root));
                await().atMost(LIMIT).until(() -> there(name) != null);
                assertThat(bundle(name)).isEqualTo(root);
                assertThat(there(name).getMetadata().getOwnerReferences())
                        .extracting(OwnerReference::getUid)
                        .containsExactly(role.getMetadata().getUid());
                assertThat(type().address(webhook(name)).getService().getPath())
                        .isEqualTo("/judge");

                change(
                        name,
                        webhook -> {
                            type().setAddress(
                                            webhook,
                                            new WebhookClientConfigBuilder()
                                                    .withUrl("https://elsewhere.example/judge")
                                                    .build());
                            setFailurePolicy().accept(webhook, "Ignore");
                            return webhook;
                        });
                await("another address is put right")
                        .atMost(LIMIT)
                        .until(() -> type().address(webhook(name)).getService() != null);
                assertThat(failurePolicy(webhook(name)))
                        .as("what an operator changed beside that stays")
                        .isEqualTo("Ignore");

                trust.set(Optional.of(otherRoot));
                await("a new root is told")
                        .atMost(LIMIT)
                        .until(() -> bundle(name).equals(otherRoot));

                type().at(client, name).delete();
                await("a deleted one comes back")
                        .atMost(LIMIT)
                        .until(() -> there(name) != null && bundle(name).equals(otherRoot));
                assertThat(failurePolicy(webhook(name))).as("as new").isEqualTo("Fail");
                assertThat(written).hasValueGreaterThanOrEqualTo(4);
                assertThat(failed).hasValue(0);
            }
        }

        @Test
        void anOvertakenLeaderWritesNothing() {
            var name = "overtaken-" + getClass().getSimpleName().toLowerCase(Locale.ROOT);
            LeaderWrites.write(
                    client,
                    new Term(1_000_000),
                    type().at(client, name),
                    found -> found.orElseGet(() -> wanted(name)));
            trust.set(Optional.of(root));
            var before = failed.get();
            try (var leadership = Leadership.start(client, "default", name, "a", FAST);
                    var registration = register(name, leadership)) {
                await().atMost(LIMIT).until(() -> failed.get() > before);

                assertThat(registration.leads()).as("so it believes").isTrue();
                assertThat(type().address(webhook(name)).getCaBundle()).isNull();
            }
        }
    }

    @Nested
    class Mutating extends OfType<MutatingWebhookConfiguration, MutatingWebhook> {
        @Override
        WebhookType<MutatingWebhookConfiguration, MutatingWebhook> type() {
            return WebhookType.MUTATING;
        }

        @Override
        MutatingWebhookConfiguration configuration(
                ObjectMeta metadata, WebhookClientConfig address) {
            return new MutatingWebhookConfigurationBuilder()
                    .withMetadata(metadata)
                    .withWebhooks(
                            new MutatingWebhookBuilder()
                                    .withName("judge.example.org")
                                    .withClientConfig(address)
                                    .withSideEffects("None")
                                    .withAdmissionReviewVersions("v1")
                                    .build())
                    .build();
        }

        @Override
        String failurePolicy(MutatingWebhook webhook) {
            return webhook.getFailurePolicy();
        }

        @Override
        BiConsumer<MutatingWebhook, String> setFailurePolicy() {
            return MutatingWebhook::setFailurePolicy;
        }
    }

    @Nested
    class Validating extends OfType<ValidatingWebhookConfiguration, ValidatingWebhook> {
        @Override
        WebhookType<ValidatingWebhookConfiguration, ValidatingWebhook> type() {
            return WebhookType.VALIDATING;
        }

        @Override
        ValidatingWebhookConfiguration configuration(
                ObjectMeta metadata, WebhookClientConfig address) {
            return new ValidatingWebhookConfigurationBuilder()
                    .withMetadata(metadata)
                    .withWebhooks(
                            new ValidatingWebhookBuilder()
                                    .withName("judge.example.org")
                                    .withClientConfig(address)
                                    .withSideEffects("None")
                                    .withAdmissionReviewVersions("v1")
                                    .build())
                    .build();
        }

        @Override
        String failurePolicy(ValidatingWebhook webhook) {
            return webhook.getFailurePolicy();
        }

        @Override
        BiConsumer<ValidatingWebhook, String> setFailurePolicy() {
            return ValidatingWebhook::setFailurePolicy;
        }
    }

    @Test
    void aUrlIsTakenWithAndWithoutThePath() {
        for (var url :
                new String[] {
                    "https://host:9443", "https://host:9443/", "https://host:9443/judge"
                }) {
            assertThat(new WebhookAddress(URI.create(url), "", "").at("/judge").getUrl())
                    .isEqualTo("https://host:9443/judge");
        }
    }
}
