package dev.quartet.config.read;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The documents of one file in which nothing was found wrong, and what they hold: what stands in the file's next version in the same
/// words need not be read again, wherever it stands. Immutable; of the words it keeps a SHA-256.
public final class KnownDocuments {
    public static final KnownDocuments NONE = new KnownDocuments("", Map.of());

    /// Resources read from another file, or in another default namespace, stand elsewhere or are others.
    private final String source;

    /// By the SHA-256 of their words.
    private final Map<ByteBuffer, Known> byDigest;

    /// @param linesBefore how many lines of the file stand before the document
    private record Known(int linesBefore, List<ReadResource> resources) {
        Known at(int line) {
            int by = line - linesBefore;
            return by == 0
                    ? this
                    : new Known(line, resources.stream().map(read -> read.movedBy(by)).toList());
        }
    }

    private KnownDocuments(String source, Map<ByteBuffer, Known> byDigest) {
        this.source = source;
        this.byDigest = Map.copyOf(byDigest);
    }

    /// Those of them whose resources all pass.
    public KnownDocuments where(Predicate<ReadResource> passes) {
        var some = new HashMap<>(byDigest);
        some.values().removeIf(known -> !known.resources().stream().allMatch(passes));
        return some.size() == byDigest.size() ? this : new KnownDocuments(source, some);
    }

    /// Takes the documents of a file while they are read. One use; not thread-safe.
    static final class Reading {
        private final String source;
        private final KnownDocuments before;
        private final Map<ByteBuffer, Known> now = new HashMap<>();
        private final Set<ReadResource> reused = Collections.newSetFromMap(new IdentityHashMap<>());

        Reading(String file, String defaultNamespace, KnownDocuments before) {
            this.source = defaultNamespace + " " + file;
            this.before = before.source.equals(source) ? before : NONE;
        }

        /// What a document holds; null when it must be read.
        @Nullable List<ReadResource> of(Documents.Part part) {
            var digest = digest(part);
            var known = before.byDigest.get(digest);
            if (known == null) {
                return null;
            }
            var here = known.at(part.linesBefore());
            now.put(digest, here);
            reused.addAll(here.resources());
            return here.resources();
        }

        /// A document in which nothing was found wrong.
        void add(Documents.Part part, List<ReadResource> resources) {
            now.put(digest(part), new Known(part.linesBefore(), List.copyOf(resources)));
        }

        KnownDocuments done() {
            return new KnownDocuments(source, now);
        }

        /// The very objects of the result that were not read again.
        Set<ReadResource> reused() {
            return reused;
        }

        private static ByteBuffer digest(Documents.Part part) {
            try {
                return ByteBuffer.wrap(
                        MessageDigest.getInstance("SHA-256")
                                .digest(part.text().getBytes(StandardCharsets.UTF_8)));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
