package dev.quartet.galley.history;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Why a config came into force, and who is to be asked about it.
///
/// @param author what is proven: who held the admin token, the directory, the apiserver, Galley itself
/// @param claimedAuthor the name that the caller gave himself; nothing proves it
/// @param message in the caller's words
/// @param batch in a cluster, the number of the batch that it came by; null: by none
public record Cause(
        Kind kind,
        String author,
        @Nullable String claimedAuthor,
        @Nullable String message,
        @Nullable Long batch) {
    /// The admin token is one for all who may change config: it proves that much and no name.
    private static final String TOKEN = "admin-token";

    public enum Kind {
        APPLY,
        PUT,
        DELETE,
        ROLLBACK,
        DIRECTORY,
        KUBERNETES,
        START;

        /// `apply`, …: the form for users and files.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Cause(
            Kind kind, String author, @Nullable String claimedAuthor, @Nullable String message) {
        this(kind, author, claimedAuthor, message, null);
    }

    /// A change by REST.
    public static Cause rest(Kind kind, @Nullable String claimedAuthor, @Nullable String message) {
        return new Cause(kind, TOKEN, claimedAuthor, message);
    }

    /// A file of the watched directory.
    public static Cause directory() {
        return new Cause(Kind.DIRECTORY, "directory", null, null);
    }

    /// Objects that somebody has written to the apiserver; its audit log knows who.
    public static Cause kubernetes() {
        return new Cause(Kind.KUBERNETES, "kubernetes", null, null);
    }

    /// What was found at the start and is not what was in force last: files edited meanwhile, other built-in defaults.
    public static Cause start() {
        return new Cause(Kind.START, "galley", null, null);
    }

    /// The same with more to say than the caller did.
    public Cause saying(String message) {
        return new Cause(kind, author, claimedAuthor, message, batch);
    }

    /// The same, come by a batch.
    public Cause by(long batch) {
        return new Cause(kind, author, claimedAuthor, message, batch);
    }
}
