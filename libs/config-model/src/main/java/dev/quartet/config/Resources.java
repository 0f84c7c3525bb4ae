package dev.quartet.config;

import dev.quartet.config.write.CanonicalJson;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/// Makes resources with the version that their content has.
public final class Resources {
    private static final int VERSION_BYTES = 16;

    private Resources() {}

    /// The version is half of the SHA-256 of the canonical spec, the labels and the annotations.
    public static <S extends Spec> Resource<S> of(
            ResourceKey key, Map<String, String> labels, Map<String, String> annotations, S spec) {
        var sortedLabels = new TreeMap<>(labels);
        var sortedAnnotations = new TreeMap<>(annotations);
        var digest = sha256();
        digest.update(CanonicalJson.write(spec));
        add(digest, 'L', sortedLabels);
        add(digest, 'A', sortedAnnotations);
        var version = HexFormat.of().formatHex(Arrays.copyOf(digest.digest(), VERSION_BYTES));
        return new Resource<>(key, sortedLabels, sortedAnnotations, spec, version);
    }

    private static void add(MessageDigest digest, char section, Map<String, String> entries) {
        entries.forEach((name, value) -> {
            // a zero byte is in no text that was read, so that no two maps give the same bytes
            digest.update((byte) 0);
            digest.update((byte) section);
            digest.update(name.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            digest.update(value.getBytes(StandardCharsets.UTF_8));
        });
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
