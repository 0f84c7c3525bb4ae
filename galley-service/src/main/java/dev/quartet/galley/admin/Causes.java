package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.galley.history.Cause;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads what a caller says of himself and of his change. The guard knows that he holds the admin token, and no name.
final class Causes {
    /// The caller's name in his own words; what is not ASCII is percent-encoded UTF-8.
    static final String AUTHOR = "X-Quartet-Author";

    private static final int MAX_AUTHOR_CHARS = 100;
    private static final int MAX_MESSAGE_CHARS = 1_000;

    private Causes() {}

    static Cause rest(Cause.Kind kind, @Nullable String author, @Nullable String message) {
        return Cause.rest(
                kind,
                bounded(AUTHOR, author == null ? null : decoded(author), MAX_AUTHOR_CHARS),
                bounded("message", message, MAX_MESSAGE_CHARS));
    }

    private static String decoded(String author) {
        try {
            return URLDecoder.decode(author.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw ProblemException.badRequest(
                    "%s is \"%s\", in which a %% is followed by no two hex digits; write %% as %%25"
                            .formatted(AUTHOR, author));
        }
    }

    private static @Nullable String bounded(String name, @Nullable String text, int maxChars) {
        if (text == null || text.isBlank()) {
            return null;
        }
        if (text.length() > maxChars || text.chars().anyMatch(Character::isISOControl)) {
            throw ProblemException.badRequest(
                    "%s has at most %d characters and no control signs".formatted(name, maxChars));
        }
        return text.strip();
    }
}
