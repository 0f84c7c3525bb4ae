package dev.quartet.galley.snapshot;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The SHA-256 of some content. Immutable.
final class Hash {
    private static final int NAME_BYTES = 12;

    private final byte[] digest;

    private Hash(byte[] digest) {
        this.digest = digest;
    }

    /// Cut to 96 bits: long enough that two contents never share a name, short enough to read.
    String name() {
        return HexFormat.of().formatHex(digest, 0, NAME_BYTES);
    }

    /// Takes the content in its order. One use; not thread-safe.
    static final class Of {
        private final MessageDigest digest;

        Of() {
            try {
                digest = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        /// @param text without a zero byte, as all that was read strictly
        Of add(String text) {
            digest.update(text.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            return this;
        }

        /// The hash of a part.
        Of add(Hash part) {
            digest.update(part.digest);
            return this;
        }

        Hash done() {
            return new Hash(digest.digest());
        }
    }
}
