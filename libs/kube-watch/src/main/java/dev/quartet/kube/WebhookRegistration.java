package dev.quartet.kube;

import dev.quartet.kube.Leadership.Term;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.WebhookClientConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes a webhook configuration once the webhook can be called, and puts it right when it is deleted, has another
/// address, or trusts another root; by the leader alone. What fails is tried again. All else of it an operator may have
/// changed, so it stays, until another version or another setting of the service wants it otherwise; who deletes the
/// object has it as new. The service's ClusterRole, which bears the configuration's
/// name, owns it: who takes the service out of the cluster is not left with a webhook that nobody answers.
public final class WebhookRegistration<C extends HasMetadata, W> implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(WebhookRegistration.class);

    /// Roots change without a word, so they are looked at now and then.
    private static final Duration LOOK = Duration.ofSeconds(5);

    /// Which webhooks the service wanted when it wrote them last.
    private static final String WANTED = "quartet.dev/webhooks";

    /// Told of writes, for metrics.
    public interface Observer {
        /// The configuration was made or repaired.
        void written();

        /// The apiserver refused it, is away, or a later leader has written; it is tried again.
        default void failed() {}
    }

    private final KubernetesClient client;
    private final WebhookType<C, W> type;
    private final C wanted;
    private final String version;
    private final String name;
    private final Supplier<Optional<String>> trust;
    private final Observer observer;
    private final LeaderWork work = new LeaderWork("webhook-registration", LOOK, this::look);
    private final Mirror<C> mirror;

    private WebhookRegistration(
            KubernetesClient client,
            WebhookType<C, W> type,
            C wanted,
            Supplier<Optional<String>> trust,
            Observer observer) {
        this.client = client;
        this.type = type;
        this.wanted = wanted;
        this.version = version(client, wanted);
        this.name = wanted.getMetadata().getName();
        this.trust = trust;
        this.observer = observer;
        this.mirror = Mirror.start(type.only(client, name), "webhook configurations", work::wake);
    }

    /// Returns at once; the apiserver may be away.
    ///
    /// @param wanted how it is as new, but for what its webhooks trust
    /// @param trust PEM of what signs the webhooks' certificate; empty while nobody could call them
    /// @param leadership says whether this replica is the one that writes
    public static <C extends HasMetadata, W> WebhookRegistration<C, W> start(
            KubernetesClient client,
            WebhookType<C, W> type,
            C wanted,
            Supplier<Optional<String>> trust,
            Observer observer,
            Leadership leadership) {
        var registration = new WebhookRegistration<>(client, type, wanted, trust, observer);
        registration.work.start(leadership);
        return registration;
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
    private void register(Term term, String pem) {
        var bundle = Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.UTF_8));
        var there = mirror.objects().stream().findFirst();
        if (there.isPresent() && right(there.map(this::copy), bundle).equals(there.get())) {
            return;
        }
        try {
            if (!LeaderWrites.write(
                    client, term, type.at(client, name), found -> right(found, bundle))) {
                return; // the mirror lagged behind an earlier write
            }
        } catch (RuntimeException failure) {
            observer.failed();
            throw failure;
        }
        observer.written();
        LOGGER.atInfo()
                .addKeyValue("kind", wanted.getKind())
                .addKeyValue("name", name)
                .log("Webhook registered");
    }

    /// @param there changed by this
    private C right(Optional<C> there, String bundle) {
        var configuration = there.orElseGet(this::asNew);
        var annotations = new TreeMap<String, String>();
        if (configuration.getMetadata().getAnnotations() != null) {
            annotations.putAll(configuration.getMetadata().getAnnotations());
        }
        var another = !version.equals(annotations.put(WANTED, version));
        configuration.getMetadata().setAnnotations(annotations);
        var webhooks = new ArrayList<>(type.webhooks(configuration));
        for (var own : type.webhooks(copy(wanted))) {
            type.setAddress(
                    own,
                    new WebhookClientConfigBuilder(type.address(own)).withCaBundle(bundle).build());
            var at = webhooks.stream().map(type::name).toList().indexOf(type.name(own));
            if (at < 0) {
                webhooks.add(own);
            } else if (another) {
                webhooks.set(at, own);
            } else {
                type.setAddress(webhooks.get(at), type.address(own));
            }
        }
        type.setWebhooks(configuration, webhooks);
        return configuration;
    }

    private static String version(KubernetesClient client, HasMetadata wanted) {
        var json = client.getKubernetesSerialization().asJson(wanted);
        try {
            var hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(json.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has it", e);
        }
    }

    private C asNew() {
        var made = copy(wanted);
        owner().ifPresent(owner -> made.getMetadata().setOwnerReferences(List.of(owner)));
        return made;
    }

    private Optional<OwnerReference> owner() {
        try {
            return Optional.ofNullable(client.rbac().clusterRoles().withName(name).get())
                    .map(role ->
                            new OwnerReferenceBuilder()
                                    .withApiVersion(role.getApiVersion())
                                    .withKind(role.getKind())
                                    .withName(name)
                                    .withUid(role.getMetadata().getUid())
                                    .build());
        } catch (KubernetesClientException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", name)
                    .addKeyValue("error", e.getMessage())
                    .log("ClusterRole cannot be read, the webhook configuration has no owner");
            return Optional.empty();
        }
    }

    private C copy(C configuration) {
        return client.getKubernetesSerialization().clone(configuration);
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
