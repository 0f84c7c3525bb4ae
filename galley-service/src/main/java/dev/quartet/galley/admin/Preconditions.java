package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.change.Precondition;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads `If-Match` and `If-None-Match` (RFC 9110, 13.1). The entity tag of a resource is its version, that of the whole
/// config its revision. Weak tags match nothing, as the RFC wants it of changes.
final class Preconditions {
    private static final String ANY = "*";
    private static final Pattern TAG = Pattern.compile("\\s*(W/)?\"([^\"]*)\"\\s*(?:,|$)");

    private Preconditions() {}

    /// What must be so of the whole config.
    static Precondition ofConfig(@Nullable String ifMatch) {
        return ifMatch == null || ifMatch.strip().equals(ANY)
                ? new Precondition.None()
                : new Precondition.AtRevision(tags(ifMatch));
    }

    /// What must be so of one resource.
    static Precondition ofResource(
            ResourceKey resource, @Nullable String ifMatch, @Nullable String ifNoneMatch) {
        if (ifNoneMatch != null) {
            return ofNew(resource, ifMatch, ifNoneMatch);
        }
        if (ifMatch == null) {
            return new Precondition.None();
        }
        return ifMatch.strip().equals(ANY)
                ? new Precondition.Present(resource)
                : new Precondition.AtVersion(resource, tags(ifMatch));
    }

    private static Precondition ofNew(
            ResourceKey resource, @Nullable String ifMatch, String ifNoneMatch) {
        if (ifMatch != null) {
            throw ProblemException.badRequest(
                    "If-Match and If-None-Match contradict each other; send one of them");
        }
        if (!ifNoneMatch.strip().equals(ANY)) {
            throw ProblemException.badRequest(
                    "If-None-Match is %s; here it is * (only create) or left out"
                            .formatted(ifNoneMatch));
        }
        return new Precondition.Absent(resource);
    }

    private static Set<String> tags(String text) {
        var tags = new HashSet<String>();
        var matcher = TAG.matcher(text);
        var end = 0;
        while (matcher.lookingAt()) {
            if (matcher.group(1) == null) {
                tags.add(matcher.group(2));
            }
            end = matcher.end();
            matcher.region(end, text.length());
        }
        if (end < text.length() || text.isBlank()) {
            throw ProblemException.badRequest(
                    "If-Match is %s, which is no list of entity tags; write each in double quotes, as ETag of a GET has it"
                            .formatted(text));
        }
        return tags;
    }
}
