package dev.quartet.galley.history;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Why a config came into force, and who is to be asked about it.
///
/// @param author what is proven: who held the admin token, the directory, Galley itself
/// @param claimedAuthor the name that the caller gave himself; nothing proves it
/// @param message in the caller's words
public record Cause(
        Kind kind, String author, @Nullable String claimedAuthor, @Nullable String message) {
    /// The admin token is one for all who may change config: it proves that much and no name.
    private static final String TOKEN = "admin-token";

    public enum Kind {
        APPLY,
        PUT,
        DELETE,
        ROLLBACK,
        DIRECTORY,
        START;

        /// `apply`, …: the form for users and files.
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// A change by REST.
    public static Cause rest(Kind kind, @Nullable String claimedAuthor, @Nullable String message) {
        return new Cause(kind, TOKEN, claimedAuthor, message);
    }

    /// A file of the watched directory.
    public static Cause directory() {
        return new Cause(Kind.DIRECTORY, "directory", null, null);
    }

    /// What was found at the start and is not what was in force last: files edited meanwhile, other built-in defaults.
    public static Cause start() {
        return new Cause(Kind.START, "galley", null, null);
    }

    /// The same with more to say than the caller did.
    public Cause saying(String message) {
        return new Cause(kind, author, claimedAuthor, message);
    }
}
