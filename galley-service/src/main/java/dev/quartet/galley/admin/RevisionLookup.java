package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.history.RevisionContent;
import dev.quartet.galley.history.Revisions;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;

/// Finds revisions by the names that people write: a number, or the first signs of an id.
record RevisionLookup(Revisions history) {
    private static final Logger LOGGER = LoggerFactory.getLogger(RevisionLookup.class);
    private static final Pattern NAME =
            Pattern.compile("[0-9]{1,18}|[0-9a-f]{" + Revisions.SHORTEST_ID + ",24}");

    /// The one that a name means.
    ///
    /// @throws ProblemException when it means none, or several
    LoggedRevision one(String name) {
        if (!NAME.matcher(name).matches()) {
            throw ProblemException.badRequest(
                    "\"%s\" is no revision; write its number, or the first %d signs of its id or more"
                            .formatted(name, Revisions.SHORTEST_ID));
        }
        var found = history.find(name);
        if (found.size() > 1) {
            throw ProblemException.conflict(
                            "\"%s\" can be several revisions: %s; write more of the id, or the number"
                                    .formatted(
                                            name,
                                            found.stream()
                                                    .map(LoggedRevision::name)
                                                    .collect(Collectors.joining(", "))))
                    .with("candidates", found.stream().map(Views.RevisionView::of).toList());
        }
        if (found.isEmpty()) {
            throw ProblemException.notFound(
                    "galley has no revision \"%s\"; %s".formatted(name, known()));
        }
        return found.getFirst();
    }

    private String known() {
        var revisions = history.revisions();
        if (!revisions.isEmpty()) {
            return "it has %d to %d"
                    .formatted(revisions.getLast().number(), revisions.getFirst().number());
        }
        return "it has none yet";
    }

    /// @throws ProblemException when it can't be read
    RevisionContent content(LoggedRevision revision) {
        try {
            return history.content(revision);
        } catch (NoSuchFileException e) {
            throw ProblemException.notFound(
                    "revision %s has made room for newer ones; %s"
                            .formatted(revision.name(), known()));
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("version", revision.id())
                    .addKeyValue("error", e.toString())
                    .log("Revision can't be read");
            throw ProblemException.of(
                    HttpStatus.GONE,
                    "revision %s can't be read any more: %s; name another one"
                            .formatted(revision.name(), e.getMessage()));
        }
    }
}
