package dev.quartet.injector;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.PortCheck;
import dev.quartet.admin.StartupFailure;
import dev.quartet.admin.mesh.IdentityProperties;
import dev.quartet.identity.KeyFiles;
import dev.quartet.identity.Pem;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.identity.WebhookTls;
import dev.quartet.injector.review.InjectionMetrics;
import dev.quartet.injector.review.ReviewAnswerer;
import dev.quartet.injector.webhook.WebhookServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// The webhook's life: waits for a certificate, serves, ends.
final class Webhook implements SmartLifecycle {
    private static final Logger LOGGER = LoggerFactory.getLogger(Webhook.class);

    private final InjectorSettings settings;
    private final IdentityProperties identity;
    private final AdminProperties shared;
    private final int port;
    private final ReviewAnswerer answerer;
    private final InjectionMetrics metrics;
    private final Clock clock;
    private volatile State state = new State.Stopped();
    private volatile @Nullable ServiceIdentity own;
    private @Nullable Thread opening;

    private sealed interface State {
        record Stopped() implements State {}

        record Waiting(String forWhat) implements State {}

        record Serving(WebhookServer server, WebhookTls tls) implements State {}
    }

    Webhook(
            InjectorSettings settings,
            IdentityProperties identity,
            AdminProperties shared,
            int port,
            ReviewAnswerer answerer,
            InjectionMetrics metrics,
            Clock clock) {
        this.settings = settings;
        this.identity = identity;
        this.shared = shared;
        this.port = port;
        this.answerer = answerer;
        this.metrics = metrics;
        this.clock = clock;
    }

    @Override
    public synchronized void start() {
        PortCheck.requireFree("webhook /inject", shared.bindAddress(), port);
        var certificate = settings.certificateFile();
        var key = settings.keyFile();
        if ((certificate == null) != (key == null)) {
            throw new StartupFailure(
                    "only one of quartet.injector.certificate-file and quartet.injector.key-file is set",
                    "set both (PEM files), or none for the service's own identity");
        }
        if (certificate != null && key != null) {
            open(WebhookTls.of(files(key, certificate)));
            return;
        }
        var started = identity.start(shared, clock);
        own = started;
        state = new State.Waiting("a certificate from Citadel at " + identity.citadel(shared));
        LOGGER.atInfo()
                .addKeyValue("citadel", identity.citadel(shared))
                .log("Webhook waits for a certificate");
        opening = Thread.ofVirtual().name("webhook-opening").start(() -> openWhenReady(started));
    }

    private static KeyFiles files(Path key, Path certificate) {
        try {
            return KeyFiles.open(key, certificate);
        } catch (IOException e) {
            throw new StartupFailure(
                    String.valueOf(e.getMessage()),
                    "correct quartet.injector.certificate-file (PEM, leaf first) and quartet.injector.key-file (PEM, PKCS #8: openssl pkcs8 -topk8 -nodes)",
                    e);
        }
    }

    private void openWhenReady(ServiceIdentity awaited) {
        try {
            awaited.awaitReady();
            open(WebhookTls.of(awaited));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // stopped meanwhile
        } catch (IllegalStateException e) {
            LOGGER.atDebug().setCause(e).log("Stopped before there was a certificate");
        }
    }

    private synchronized void open(WebhookTls tls) {
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        try {
            var server =
                    new WebhookServer(
                            new InetSocketAddress(shared.bindAddress(), port),
                            tls.context(),
                            answerer,
                            metrics);
            state = new State.Serving(server, tls);
            LOGGER.atInfo()
                    .addKeyValue(
                            "address",
                            "https://%s:%d/inject".formatted(shared.bindAddress(), server.port()))
                    .log("Webhook open");
        } catch (IOException e) {
            state =
                    new State.Waiting(
                            "port " + port + ", which could not be opened: " + e.getMessage());
            LOGGER.atError().addKeyValue("error", e.getMessage()).log("Webhook cannot be opened");
        }
    }

    /// @return 0 while it is not open
    int port() {
        return state instanceof State.Serving(var server, var tls) ? server.port() : 0;
    }

    /// PEM of what kube-apiserver has to trust to call the webhook; empty until it can be called.
    Optional<String> trust() {
        if (!(state instanceof State.Serving)) {
            return Optional.empty();
        }
        var started = own;
        if (started != null) {
            return Optional.of(Pem.encode(started.roots()));
        }
        var shown = settings.certificateFile();
        var file = settings.caBundleFile() == null ? shown : settings.caBundleFile();
        if (file == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Pem.encode(Pem.certificates(Files.readString(file))));
        } catch (IOException | CertificateException e) {
            LOGGER.atWarn()
                    .addKeyValue("error", e.getMessage())
                    .log("Certificates that kube-apiserver is to trust cannot be read");
            return Optional.empty();
        }
    }

    /// @param waitingFor what is missing, in words; null when it serves
    /// @param port null until it serves
    /// @param certificateExpires of what callers are shown
    record Status(
            String state,
            @Nullable String waitingFor,
            @Nullable Integer port,
            @Nullable Instant certificateExpires) {}

    Status status() {
        return switch (state) {
            case State.Stopped() -> new Status("stopped", null, null, null);
            case State.Waiting(var what) -> new Status("waiting", what, null, null);
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

    /// The service's own identity; empty with an operator's files, which need none.
    Optional<ServiceIdentity> identity() {
        return Optional.ofNullable(own);
    }

    @Override
    public synchronized void stop() {
        var waiting = opening;
        if (waiting != null) {
            waiting.interrupt();
        }
        var started = own;
        if (started != null) {
            started.close();
        }
        if (state instanceof State.Serving(var server, var tls)) {
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
