package dev.quartet.admin;

import dev.quartet.identity.PrivateFiles;
import dev.quartet.identity.SpiffeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.web.context.WebApplicationContext;

/// What can be known to be wrong before any bean exists: settings, the state folder, TLS off loopback, taken ports of REST and metrics.
final class StartupChecks implements ApplicationContextInitializer<ConfigurableApplicationContext> {

    @Override
    public void initialize(ConfigurableApplicationContext context) {
        if (!(context instanceof WebApplicationContext)) {
            return;
        }
        ConfigurableEnvironment environment = context.getEnvironment();
        AdminProperties properties =
                Binder.get(environment).bindOrCreate("quartet", AdminProperties.class);
        Ports ports = properties.ports();
        requireTrustDomain(properties.trustDomain());
        requireTlsOffLoopback(properties);
        makeStateFolder(properties.stateDir());
        PortCheck.requireFree(
                "REST",
                properties.bindAddress(),
                Binder.get(environment).bind("server.port", Integer.class).orElse(8080));
        Integer metricsPort = properties.metrics().port();
        if (metricsPort != null) {
            PortCheck.requireFree("metrics", properties.bindAddress(), ports.of(metricsPort));
        }
    }

    private static void requireTrustDomain(String trustDomain) {
        try {
            SpiffeId.citadel(trustDomain);
        } catch (IllegalArgumentException e) {
            throw new StartupFailure(
                    "quartet.trust-domain: " + e.getMessage(),
                    "set it as the whole mesh has it, or leave it out for cluster.local",
                    e);
        }
    }

    private static void requireTlsOffLoopback(AdminProperties properties) {
        var tls = properties.admin().tls();
        if ((tls.certificateFile() == null) != (tls.keyFile() == null)) {
            throw new StartupFailure(
                    "only one of quartet.admin.tls.certificate-file and quartet.admin.tls.key-file is set",
                    "set both (PEM files), or none");
        }
        if (tls.fromIdentity() && tls.certificateFile() != null) {
            throw new StartupFailure(
                    "quartet.admin.tls.from-identity and quartet.admin.tls.certificate-file are both set",
                    "keep the one that REST is to show");
        }
        requireReadable("quartet.admin.tls.certificate-file", tls.certificateFile());
        requireReadable("quartet.admin.tls.key-file", tls.keyFile());
        if (!properties.onLoopback()
                && !tls.enabled()
                && !properties.admin().plaintextOffLoopback()) {
            throw new StartupFailure(
                    "quartet.bind-address=%s can be reached from other machines, but REST admin has no TLS certificate"
                            .formatted(properties.bindAddress()),
                    "set quartet.admin.tls.from-identity=true, or quartet.admin.tls.certificate-file and quartet.admin.tls.key-file, or bind to 127.0.0.1 (for development only: quartet.admin.plaintext-off-loopback=true)");
        }
    }

    private static void requireReadable(String setting, @Nullable Path file) {
        if (file != null && !Files.isReadable(file)) {
            throw new StartupFailure(
                    "%s: %s cannot be read".formatted(setting, file),
                    "check the path and who may read the file");
        }
    }

    private static void makeStateFolder(Path folder) {
        try {
            Path parent = folder.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(
                        parent); // others may share it: only the last one is private
            }
            PrivateFiles.folder(folder);
        } catch (IOException e) {
            throw new StartupFailure(
                    "the state folder %s cannot be made: %s".formatted(folder, e),
                    "set quartet.state-dir to a folder that this user may write",
                    e);
        }
        if (!Files.isWritable(folder)) {
            throw new StartupFailure(
                    "the state folder %s cannot be written".formatted(folder),
                    "set quartet.state-dir to a folder that this user may write");
        }
    }
}
