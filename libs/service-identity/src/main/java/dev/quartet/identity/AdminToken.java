package dev.quartet.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;

/// The bearer token of people and tools at a service's REST door: 256 random bits in a 0600 file, made at the first
/// start; there is no default one. Immutable.
public final class AdminToken {

    private static final int MAX_BYTES = 4096;
    private static final int MIN_LENGTH = 20;

    private final byte[] value;

    private AdminToken(String value) {
        this.value = value.getBytes(StandardCharsets.UTF_8);
    }

    /// Reads the token, or makes file and token when there is none (of several processes at once, one makes it).
    ///
    /// @throws IOException when others than the owner can read the file, or it holds no usable token
    public static AdminToken loadOrCreate(Path file) throws IOException {
        if (!Files.exists(file)) {
            var parent = file.toAbsolutePath().getParent();
            if (parent != null) {
                PrivateFiles.folder(parent);
            }
            var random = new byte[32];
            new SecureRandom().nextBytes(random);
            PrivateFiles.createIfAbsent(
                    file,
                    Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(random)
                            .getBytes(StandardCharsets.US_ASCII));
        }
        var text = new String(PrivateFiles.read(file, MAX_BYTES), StandardCharsets.UTF_8).strip();
        if (text.length() < MIN_LENGTH) {
            throw new IOException(
                    "%s holds no usable admin token (%d characters at least); delete it and start again for a new one"
                            .formatted(file, MIN_LENGTH));
        }
        return new AdminToken(text);
    }

    /// Whether `candidate` is the token. Takes the same time wherever they differ.
    public boolean matches(String candidate) {
        return MessageDigest.isEqual(value, candidate.getBytes(StandardCharsets.UTF_8));
    }

    /// The token itself, for a client.
    public String reveal() {
        return new String(value, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "AdminToken[redacted]";
    }
}
