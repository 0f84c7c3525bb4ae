package dev.quartet.injector.register;

import dev.quartet.kube.LeaderWork;
import dev.quartet.kube.LeaderWrites;
import dev.quartet.kube.Leadership;
import dev.quartet.kube.Leadership.Term;
import dev.quartet.kube.Mirror;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingWebhookConfiguration;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the MutatingWebhookConfiguration once the webhook can be called, and puts it right when it is deleted, has
/// another address, or trusts another root; by the leader alone. What fails is tried again.
public final class WebhookRegistration implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(WebhookRegistration.class);

    /// Roots change without a word, so they are looked at now and then.
    private static final Duration LOOK = Duration.ofSeconds(5);

    private final KubernetesClient client;
    private final InjectionWebhooks webhooks;
    private final Supplier<Optional<String>> trust;
    private final RegistrationMetrics metrics;
    private final LeaderWork work = new LeaderWork("webhook-registration", LOOK, this::look);
    private final Mirror<MutatingWebhookConfiguration> mirror;

    /// Returns at once; the apiserver may be away.
    ///
    /// @param trust PEM of what signs the webhook's certificate; empty while nobody could call it
    /// @param election starts to stand for leader, telling the runnable of changes
    public WebhookRegistration(
            KubernetesClient client,
            InjectionWebhooks webhooks,
            Supplier<Optional<String>> trust,
            RegistrationMetrics metrics,
            Function<Runnable, Leadership> election) {
        this.client = client;
        this.webhooks = webhooks;
        this.trust = trust;
        this.metrics = metrics;
        this.mirror =
                Mirror.start(
                        client.admissionRegistration()
                                .v1()
                                .mutatingWebhookConfigurations()
                                .withField("metadata.name", InjectionWebhooks.NAME),
                        "webhook configurations",
                        work::wake);
        work.start(election);
    }

    private boolean look(Term term) {
        var pem = trust.get();
        if (pem.isPresent() && mirror.complete()) {
            register(term, pem.get());
        }
        return false;
    }

    /// Writes what is missing or wrong.
    ///
    /// @throws LeaderWrites.StaleLeaderException when a later leader has written
    void register(Term term, String pem) {
        var bundle = Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.UTF_8));
        var there = mirror.objects().stream().findFirst();
        if (there.isPresent()
                && webhooks.wanted(there.map(client.getKubernetesSerialization()::clone), bundle)
                        .equals(there.get())) {
            return;
        }
        LeaderWrites.write(
                client,
                term,
                client.admissionRegistration()
                        .v1()
                        .mutatingWebhookConfigurations()
                        .withName(InjectionWebhooks.NAME),
                found -> webhooks.wanted(found, bundle));
        metrics.written();
        LOGGER.atInfo().addKeyValue("name", InjectionWebhooks.NAME).log("Webhook registered");
    }

    /// Whether this replica is the one that writes.
    public boolean leads() {
        return work.leads();
    }

    @Override
    public void close() {
        work.close();
        mirror.close();
    }
}
