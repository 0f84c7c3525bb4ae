package dev.quartet.config.analyze;

import dev.quartet.config.networking.HttpMatchRequest;
import dev.quartet.config.networking.StringMatch;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The conditions of a match as a set of words. One match takes every request of another when its words are among those that
/// hold for each request of the other.
final class Conditions {
    /// Comes before what is compared, and stands in no text that was read.
    private static final char END = '\0';

    private static final String EXACT = "uri=";
    private static final String PREFIX = "uri^";
    private static final String REGEX = "uri~";

    /// The same where case does not count.
    private static final String LOWER = "lower ";

    private Conditions() {}

    /// What a request must fulfil.
    static Set<String> of(HttpMatchRequest match) {
        var words = rest(match);
        var lower = match.ignoreUriCase();
        switch (match.uri()) {
            case null -> {}
            case StringMatch.Exact(var exact) -> words.add(word(EXACT, exact, lower));
            case StringMatch.Prefix(var prefix) -> {
                if (prefix.length() > 1) { // every path begins with /
                    words.add(word(PREFIX, prefix, lower));
                }
            }
            case StringMatch.Regex(var regex) -> words.add(REGEX + regex);
            case StringMatch.Present present -> {}
        }
        return words;
    }

    /// What holds for each request that the match takes.
    ///
    /// @param lengths of prefixes that anybody asks for
    static Set<String> implied(HttpMatchRequest match, Collection<Integer> lengths) {
        var words = rest(match);
        words.addAll(of(match));
        present(words, "authority", match.authority());
        match.headers().forEach((name, value) -> present(words, header(name), value));
        match.queryParams().forEach((name, value) -> present(words, "query " + name, value));
        switch (match.uri()) {
            case null -> {}
            case StringMatch.Exact(var exact) -> {
                words.add(word(EXACT, exact, true));
                prefixes(words, exact, match.ignoreUriCase(), lengths);
            }
            case StringMatch.Prefix(var prefix) ->
                    prefixes(words, prefix, match.ignoreUriCase(), lengths);
            case StringMatch.Regex regex -> {}
            case StringMatch.Present present -> {}
        }
        return words;
    }

    /// Null when the match asks for no prefix.
    static @Nullable Integer prefixLength(HttpMatchRequest match) {
        return match.uri() instanceof StringMatch.Prefix(var prefix) ? prefix.length() : null;
    }

    private static void prefixes(
            Set<String> words, String uri, boolean ignoreCase, Collection<Integer> lengths) {
        for (int length : lengths) {
            if (length <= uri.length()) {
                var prefix = uri.substring(0, length);
                words.add(word(PREFIX, prefix, true));
                if (!ignoreCase) {
                    words.add(word(PREFIX, prefix, false));
                }
            }
        }
    }

    private static String word(String how, String text, boolean lower) {
        return lower ? LOWER + how + text.toLowerCase(Locale.ROOT) : how + text;
    }

    private static Set<String> rest(HttpMatchRequest match) {
        var words = new HashSet<String>();
        text(words, "scheme", match.scheme());
        text(words, "method", match.method());
        text(words, "authority", match.authority());
        texts(words, "header ", match.headers(), true);
        texts(words, "without ", match.withoutHeaders(), true);
        texts(words, "query ", match.queryParams(), false);
        if (match.port() != null) {
            words.add("port" + END + match.port());
        }
        match.sourceLabels().forEach((name, value) -> words.add("label " + name + END + value));
        if (match.sourceNamespace() != null) {
            words.add("namespace" + END + match.sourceNamespace());
        }
        return words;
    }

    private static void texts(
            Set<String> words, String what, Map<String, StringMatch> matches, boolean lower) {
        matches.forEach((name, match) ->
                text(words, what + (lower ? name.toLowerCase(Locale.ROOT) : name), match));
    }

    private static String header(String name) {
        return "header " + name.toLowerCase(Locale.ROOT);
    }

    private static void text(Set<String> words, String what, @Nullable StringMatch match) {
        switch (match) {
            case null -> {}
            case StringMatch.Exact(var exact) -> words.add(what + END + "=" + exact);
            case StringMatch.Prefix(var prefix) -> words.add(what + END + "^" + prefix);
            case StringMatch.Regex(var regex) -> words.add(what + END + "~" + regex);
            case StringMatch.Present present -> words.add(what + END);
        }
    }

    /// What has some value is there.
    private static void present(Set<String> words, String what, @Nullable StringMatch match) {
        if (match != null) {
            words.add(what + END);
        }
    }
}
