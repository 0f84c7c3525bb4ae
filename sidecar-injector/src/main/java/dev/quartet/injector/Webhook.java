package dev.quartet.injector;

import dev.quartet.admin.AdminProperties;
import dev.quartet.admin.PortCheck;
import dev.quartet.admin.StartupFailure;
import dev.quartet.admin.mesh.IdentityProperties;
import dev.quartet.identity.ServiceIdentity;
import dev.quartet.injector.review.InjectionMetrics;
import dev.quartet.injector.review.ReviewAnswerer;
import dev.quartet.injector.webhook.ServingKeys;
import dev.quartet.injector.webhook.WebhookServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// The webhook's life: waits for a certificate, serves, ends.
final class Webhook implements SmartLifecycle {
    private static final Logger LOGGER = LoggerFactory.getLogger(Webhook.class);

    private final InjectorSettings settings;
    private final IdentityProperties ownIdentity;
    private final AdminProperties common;
    private final int port;
    private final ReviewAnswerer answerer;
    private final InjectionMetrics metrics;
    private final Clock clock;
    private volatile State state = new State.Stopped();
    private @Nullable ServiceIdentity identity;
    private @Nullable Thread opening;

    private sealed interface State {
        record Stopped() implements State {}

        record Waiting(String forWhat) implements State {}

        record Serving(WebhookServer server) implements State {}
    }

    Webhook(
            InjectorSettings settings,
            IdentityProperties ownIdentity,
            AdminProperties common,
            int port,
            ReviewAnswerer answerer,
            InjectionMetrics metrics,
            Clock clock) {
        this.settings = settings;
        this.ownIdentity = ownIdentity;
        this.common = common;
        this.port = port;
        this.answerer = answerer;
        this.metrics = metrics;
        this.clock = clock;
    }

    @Override
    public synchronized void start() {
        PortCheck.requireFree("webhook /inject", common.bindAddress(), port);
        Path certificate = settings.certificateFile();
        Path key = settings.keyFile();
        if ((certificate == null) != (key == null)) {
            throw new StartupFailure(
                    "only one of quartet.injector.certificate-file and quartet.injector.key-file is set",
                    "set both (PEM files), or none for the service's own identity");
        }
        if (certificate != null && key != null) {
            var keys = new ServingKeys(List.of(key, certificate));
            if (keys.current() == null) {
                throw new StartupFailure(
                        "%s and %s hold no certificate with its key".formatted(certificate, key),
                        "correct quartet.injector.certificate-file and quartet.injector.key-file (PEM, key in PKCS#8)");
            }
            open(keys);
            return;
        }
        ServiceIdentity started = ownIdentity.start(common, clock);
        identity = started;
        var keys = new ServingKeys(List.of(common.stateDir().resolve("identity/identity.pem")));
        state = new State.Waiting("a certificate from Citadel at " + ownIdentity.citadel(common));
        LOGGER.atInfo()
                .addKeyValue("citadel", ownIdentity.citadel(common))
                .log("Webhook waits for a certificate");
        opening =
                Thread.ofVirtual()
                        .name("webhook-opening")
                        .start(() -> openWhenReady(started, keys));
    }

    private void openWhenReady(ServiceIdentity awaited, ServingKeys keys) {
        try {
            awaited.awaitReady();
            open(keys);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // stopped meanwhile
        } catch (IllegalStateException e) {
            LOGGER.atDebug().setCause(e).log("Stopped before there was a certificate");
        }
    }

    private synchronized void open(ServingKeys keys) {
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        try {
            var server =
                    WebhookServer.open(
                            new InetSocketAddress(common.bindAddress(), port),
                            keys,
                            answerer,
                            metrics);
            state = new State.Serving(server);
            LOGGER.atInfo()
                    .addKeyValue(
                            "address",
                            "https://%s:%d/inject".formatted(common.bindAddress(), server.port()))
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
        return state instanceof State.Serving(var server) ? server.port() : 0;
    }

    Map<String, Object> status() {
        var status = new LinkedHashMap<String, Object>();
        switch (state) {
            case State.Stopped() -> status.put("state", "stopped");
            case State.Waiting(var what) -> {
                status.put("state", "waiting");
                status.put("for", what);
            }
            case State.Serving(var server) -> {
                status.put("state", "serving");
                status.put("port", server.port());
            }
        }
        certificate(status);
        return status;
    }

    private synchronized void certificate(Map<String, Object> status) {
        ServiceIdentity own = identity;
        if (own != null) {
            own.certificate()
                    .ifPresent(certificate -> {
                        status.put("identity", certificate.spiffeId().uri());
                        status.put("certificateExpires", certificate.notAfter().toString());
                    });
            if (own.certificate().isEmpty()
                    && !Files.exists(common.stateDir().resolve("identity/identity.pem"))) {
                status.put("identity", "none yet");
            }
        }
    }

    @Override
    public synchronized void stop() {
        Thread waiting = opening;
        if (waiting != null) {
            waiting.interrupt();
        }
        ServiceIdentity own = identity;
        if (own != null) {
            own.close();
        }
        if (state instanceof State.Serving(var server)) {
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
