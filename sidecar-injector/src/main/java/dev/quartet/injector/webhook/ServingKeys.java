package dev.quartet.injector.webhook;

import dev.quartet.identity.KeyMaterial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The certificate and key the webhook serves with, from PEM files that someone else renews: the service's own identity (`identity.pem` of service-identity), or files of an operator. Read again when
/// a file has changed; a pair that cannot be read leaves the last one in force. Thread-safe.
public final class ServingKeys {
    private static final Logger LOGGER = LoggerFactory.getLogger(ServingKeys.class);
    private static final int MAX_FILE_BYTES = 256 * 1024;

    private final List<Path> files;
    private volatile @Nullable Loaded loaded;

    private record Loaded(List<FileTime> times, KeyMaterial material) {}

    /// @param files together they hold key and chain
    public ServingKeys(List<Path> files) {
        this.files = List.copyOf(files);
    }

    /// @return null while there is none
    public @Nullable KeyMaterial current() {
        Loaded last = loaded;
        try {
            var times = new java.util.ArrayList<FileTime>();
            for (Path file : files) {
                times.add(Files.getLastModifiedTime(file));
            }
            if (last != null && last.times().equals(times)) {
                return last.material();
            }
            var pem = new StringBuilder();
            for (Path file : files) {
                if (Files.size(file) > MAX_FILE_BYTES) {
                    throw new IOException(
                            "%s is longer than %d bytes".formatted(file, MAX_FILE_BYTES));
                }
                pem.append(Files.readString(file)).append('\n');
            }
            var material = KeyMaterial.fromPem(pem.toString());
            loaded = new Loaded(times, material);
            return material;
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            if (last != null) {
                LOGGER.atWarn()
                        .addKeyValue("name", files)
                        .addKeyValue("error", e.getMessage())
                        .log("Webhook certificate not reread");
                return last.material();
            }
            return null;
        }
    }
}
