package dev.quartet.config.read;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The documents of one file in which nothing was found wrong, and what they hold: what stands in the file's next version in the same
/// words at the same line need not be read again. Immutable; of the words it keeps a SHA-256.
public final class KnownDocuments {
    public static final KnownDocuments NONE = new KnownDocuments("", Map.of());

    /// Resources read from another file, or in another default namespace, stand elsewhere or are others.
    private final String source;

    /// By the number of lines before them.
    private final Map<Integer, Known> byLine;

    private record Known(byte[] digest, List<ReadResource> resources) {}

    private KnownDocuments(String source, Map<Integer, Known> byLine) {
        this.source = source;
        this.byLine = Map.copyOf(byLine);
    }

    /// Those of them whose resources all pass.
    public KnownDocuments where(Predicate<ReadResource> passes) {
        var some = new HashMap<>(byLine);
        some.values().removeIf(known -> !known.resources().stream().allMatch(passes));
        return some.size() == byLine.size() ? this : new KnownDocuments(source, some);
    }

    /// The very objects.
    public Set<ReadResource> resources() {
        Set<ReadResource> all = Collections.newSetFromMap(new IdentityHashMap<>());
        byLine.values().forEach(known -> all.addAll(known.resources()));
        return all;
    }

    /// Takes the documents of a file while they are read. One use; not thread-safe.
    static final class Reading {
        private final String source;
        private final KnownDocuments before;
        private final Map<Integer, Known> now = new HashMap<>();

        Reading(String file, String defaultNamespace, KnownDocuments before) {
            this.source = defaultNamespace + " " + file;
            this.before = before.source.equals(source) ? before : NONE;
        }

        /// What a document holds; null when it must be read.
        @Nullable List<ReadResource> of(Documents.Part part) {
            var known = before.byLine.get(part.linesBefore());
            if (known == null || !Arrays.equals(known.digest(), digest(part))) {
                return null;
            }
            now.put(part.linesBefore(), known);
            return known.resources();
        }

        /// A document in which nothing was found wrong.
        void add(Documents.Part part, List<ReadResource> resources) {
            now.put(part.linesBefore(), new Known(digest(part), List.copyOf(resources)));
        }

        KnownDocuments done() {
            return new KnownDocuments(source, now);
        }

        private static byte[] digest(Documents.Part part) {
            try {
                return MessageDigest.getInstance("SHA-256")
                        .digest(part.text().getBytes(StandardCharsets.UTF_8));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
