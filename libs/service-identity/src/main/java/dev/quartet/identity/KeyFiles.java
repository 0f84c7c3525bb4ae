package dev.quartet.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A key and its certificate in PEM files that an operator keeps. They are read again when one of them has changed; what
/// can't be read, half a renewal too, leaves the last pair in force. Thread-safe.
public final class KeyFiles {
    private static final Logger LOGGER = LoggerFactory.getLogger(KeyFiles.class);
    private static final int MAX_FILE_BYTES = 256 * 1024;

    /// How a file looked from outside; equal looks mean equal content.
    private record Look(long sizeBytes, FileTime modified, @Nullable Object id) {}

    private record Loaded(List<Look> looks, KeyMaterial material) {}

    private final List<Path> files;
    private final AtomicReference<String> lastFailure = new AtomicReference<>("");
    private final AtomicLong updates = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private volatile Loaded loaded;

    private KeyFiles(List<Path> files) throws IOException, GeneralSecurityException {
        this.files = files;
        this.loaded = load();
    }

    /// @param files together they hold one private key (PKCS #8, EC or RSA) and its chain, leaf first
    /// @throws IOException saying what is wrong with them
    public static KeyFiles open(Path... files) throws IOException {
        var all = List.of(files);
        try {
            return new KeyFiles(all);
        } catch (IOException | GeneralSecurityException e) {
            throw new IOException(
                    "%s hold no certificate with its key: %s"
                            .formatted(
                                    all.stream()
                                            .map(Path::toString)
                                            .collect(Collectors.joining(" and ")),
                                    explain(e)),
                    e);
        }
    }

    KeyMaterial current() {
        var last = loaded;
        try {
            if (!looks().equals(last.looks())) {
                last = load();
                loaded = last;
                updates.incrementAndGet();
            }
            lastFailure.set("");
        } catch (IOException | GeneralSecurityException e) {
            var text = explain(e);
            if (!text.equals(lastFailure.getAndSet(text))) {
                failures.incrementAndGet();
                LOGGER.atWarn()
                        .addKeyValue("name", files)
                        .addKeyValue("error", text)
                        .log("Changed key or certificate not used, the last one stays in force");
            }
        }
        return last.material();
    }

    /// Renewals taken into use.
    public long updates() {
        return updates.get();
    }

    /// Renewals that could not be used; the same failure again is not counted.
    public long failures() {
        return failures.get();
    }

    private static String explain(Exception failure) {
        return failure instanceof NoSuchFileException missing
                ? missing.getFile() + " is missing"
                : String.valueOf(failure.getMessage());
    }

    private List<Look> looks() throws IOException {
        var looks = new ArrayList<Look>();
        for (var file : files) {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            looks.add(
                    new Look(
                            attributes.size(),
                            attributes.lastModifiedTime(),
                            attributes.fileKey()));
        }
        return looks;
    }

    /// The looks come first: what changes while it is read is read again.
    private Loaded load() throws IOException, GeneralSecurityException {
        var looks = looks();
        var pem = new StringBuilder();
        for (var file : files) {
            var bytes = PrivateFiles.readBounded(file, MAX_FILE_BYTES);
            pem.append(new String(bytes, StandardCharsets.US_ASCII)).append('\n');
        }
        return new Loaded(looks, KeyMaterial.fromPem(pem.toString()));
    }
}
