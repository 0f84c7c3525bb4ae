package dev.quartet.config;

import dev.quartet.config.schema.Names;
import org.jspecify.annotations.Nullable;

/// One thing wrong with one resource: what it is, and what the user can do about it.
///
/// @param resource null when the document is too broken to have a name
/// @param position file and line; null when the resource came through an API
/// @param fault what is wrong, in lower case, without a full stop
/// @param fix what the user can do about it
public record Problem(
        Reason reason,
        @Nullable ResourceKey resource,
        @Nullable Position position,
        FieldPath path,
        String fault,
        String fix) {

    private static final int MOST_SIGNS = 1_000;

    /// Whatever a user's text puts into a message, it is short and printable.
    public Problem {
        fault = Names.printable(fault, MOST_SIGNS);
        fix = Names.printable(fix, MOST_SIGNS);
    }

    public Severity severity() {
        return reason.severity();
    }

    /// `SubsetNotFound routes.yaml:14 VirtualService shop/reviews spec.http[0]…: subset "v3" is in no …; define it there`.
    @Override
    public String toString() {
        return text(resource);
    }

    /// The same, said of what has no [ResourceKey].
    public String text(@Nullable Object subject) {
        var text = new StringBuilder(reason.label());
        if (position != null) {
            text.append(' ').append(position);
        }
        if (subject != null) {
            text.append(' ').append(subject);
        }
        if (!path.text().isEmpty()) {
            text.append(' ').append(path);
        }
        return text.append(": ").append(fault).append("; ").append(fix).toString();
    }
}
