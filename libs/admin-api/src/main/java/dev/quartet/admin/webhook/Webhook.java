package dev.quartet.admin.webhook;

import dev.quartet.admin.PortCheck;
import dev.quartet.admin.Readiness;
import dev.quartet.admin.StatusContributor;
import dev.quartet.identity.WebhookTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.SmartLifecycle;

/// The life of a webhook: waits for what it takes to answer (a certificate at least), serves, ends.
public final class Webhook implements SmartLifecycle {
    private static final Logger LOGGER = LoggerFactory.getLogger(Webhook.class);

    private final InetSocketAddress address;
    private final WebhookCertificate certificate;
    private final List<Awaited> awaited;
    private final Map<String, Reviewer> reviewers;
    private final WebhookServer.Observer observer;
    private volatile State state = new State.Stopped();
    private @Nullable Thread opening;

    private sealed interface State {
        record Stopped() implements State {}

        record Waiting(Supplier<String> words) implements State {}

        record Serving(WebhookServer server, WebhookTls tls) implements State {}
    }

    /// @param address to open; port 0: any free one
    /// @param needed what it takes to answer beside the certificate
    /// @param reviewers by path: `/inject`
    public Webhook(
            InetSocketAddress address,
            WebhookCertificate certificate,
            List<Awaited> needed,
            Map<String, Reviewer> reviewers,
            WebhookServer.Observer observer) {
        this.address = address;
        this.certificate = certificate;
        this.reviewers = new TreeMap<>(reviewers);
        this.observer = observer;
        this.awaited = new ArrayList<>(needed);
        awaited.addAll(certificate.awaited());
    }

    @Override
    public synchronized void start() {
        PortCheck.requireFree(
                "webhook " + String.join(" ", reviewers.keySet()),
                address.getHostString(),
                address.getPort());
        if (awaited.isEmpty()) {
            open();
            return;
        }
        state = new State.Waiting(awaited.getFirst().words());
        opening = Thread.ofVirtual().name("webhook-opening").start(this::openWhenReady);
    }

    private void openWhenReady() {
        try {
            for (var next : awaited) {
                if (!waitFor(next.words())) {
                    return;
                }
                next.arrival().await();
            }
            open();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // stopped meanwhile
        } catch (IllegalStateException e) {
            LOGGER.atDebug().setCause(e).log("Stopped before the webhook was open");
        }
    }

    private synchronized boolean waitFor(Supplier<String> what) {
        if (!isRunning()) {
            return false;
        }
        state = new State.Waiting(what);
        LOGGER.atInfo().addKeyValue("awaited", what.get()).log("Webhook waits");
        return true;
    }

    private synchronized void open() {
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        try {
            var tls = certificate.tls();
            var server = new WebhookServer(address, tls.context(), reviewers, observer);
            state = new State.Serving(server, tls);
            LOGGER.atInfo()
                    .addKeyValue(
                            "address",
                            "https://%s:%d".formatted(address.getHostString(), server.port()))
                    .addKeyValue("path", reviewers.keySet())
                    .log("Webhook open");
        } catch (IOException e) {
            var fault =
                    "port %d, which could not be opened: %s"
                            .formatted(address.getPort(), e.getMessage());
            state = new State.Waiting(() -> fault);
            LOGGER.atError().addKeyValue("error", e.getMessage()).log("Webhook cannot be opened");
        }
    }

    /// @return 0 while it is not open
    public int port() {
        return state instanceof State.Serving(var server, var _) ? server.port() : 0;
    }

    /// PEM of what kube-apiserver has to trust to call the webhook; empty until it can be called.
    public Optional<String> trust() {
        return state instanceof State.Serving ? certificate.trust() : Optional.empty();
    }

    /// @param waitingFor what is missing, in words; null when it serves
    /// @param port null until it serves
    /// @param certificateExpires of what callers are shown
    public record Status(
            String state,
            @Nullable String waitingFor,
            @Nullable Integer port,
            @Nullable Instant certificateExpires) {}

    public Status status() {
        return switch (state) {
            case State.Stopped() -> new Status("stopped", null, null, null);
            case State.Waiting(var words) -> new Status("waiting", words.get(), null, null);
            case State.Serving(var server, var tls) ->
                    new Status(
                            "serving",
                            null,
                            server.port(),
                            tls.certificate()
                                    .map(shown -> shown.getNotAfter().toInstant())
                                    .orElse(null));
        };
    }

    /// The section `webhook` of the service's status.
    public StatusContributor section() {
        return StatusContributor.of("webhook", this::status);
    }

    /// Up while it serves: for readiness, so that no review is sent to a replica that cannot answer.
    public HealthIndicator health() {
        return () -> {
            var missing = status().waitingFor();
            return new Readiness()
                    .needs(port() != 0, missing == null ? "its webhook's port" : missing)
                    .health();
        };
    }

    @Override
    public synchronized void stop() {
        var waiting = opening;
        if (waiting != null) {
            waiting.interrupt();
        }
        if (state instanceof State.Serving(var server, var _)) {
            server.close();
        }
        state = new State.Stopped();
    }

    @Override
    public boolean isRunning() {
        return !(state instanceof State.Stopped);
    }

    /// Before the REST port, as all that can refuse to start.
    @Override
    public int getPhase() {
        return 0;
    }
}
