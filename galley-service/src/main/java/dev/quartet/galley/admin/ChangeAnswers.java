package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.galley.change.Outcome;
import dev.quartet.galley.change.Terms;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;

/// What REST says of a change: what was accepted, or a refusal in words.
///
/// @param verb what was not done when it is refused: `applied`
record ChangeAnswers(String verb) {
    private static final Logger LOGGER = LoggerFactory.getLogger(ChangeAnswers.class);

    interface Change {
        Outcome make() throws IOException;
    }

    /// @throws ProblemException when the disk refuses
    static Outcome outcome(Change change) {
        try {
            return change.make();
        } catch (IOException e) {
            LOGGER.atError().setCause(e).log("State folder refuses a write, nothing has changed");
            throw ProblemException.of(
                    HttpStatus.INSUFFICIENT_STORAGE,
                    "galley's state folder refuses the write, so nothing has changed: %s; make room there and try again"
                            .formatted(e.getMessage()));
        }
    }

    /// @throws ProblemException when it is not accepted
    Outcome.Accepted accepted(Change change, Terms terms) {
        return switch (outcome(change)) {
            case Outcome.Accepted accepted -> {
                if (!terms.dryRun()) {
                    LOGGER.atInfo()
                            .addKeyValue("change", terms.cause().kind().label())
                            .addKeyValue("version", accepted.after().revision())
                            .addKeyValue("created", accepted.created().size())
                            .addKeyValue("changed", accepted.changed().size())
                            .addKeyValue("deleted", accepted.deleted().size())
                            .log("Config changed by REST");
                }
                yield accepted;
            }
            case Outcome.Refused refused -> throw refusal(refused);
            case Outcome.NotApplied(var resources, var places) -> throw foreign(resources, places);
            case Outcome.Stale stale -> throw stale(stale);
            case Outcome.NotStored notStored -> throw notStored(notStored);
        };
    }

    ProblemException refusal(Outcome.Refused refused) {
        var errors =
                refused.problems().stream().filter(it -> it.severity() == Severity.ERROR).count();
        return new ProblemException(
                        HttpStatus.UNPROCESSABLE_CONTENT,
                        "config-invalid",
                        "The config is not valid",
                        "nothing was %s: %d %s"
                                .formatted(verb, errors, errors == 1 ? "error" : "errors"))
                .with("problems", Views.problems(refused.problems()));
    }

    ProblemException notStored(Outcome.NotStored notStored) {
        return ProblemException.of(
                switch (notStored.cause()) {
                    case REFUSED -> HttpStatus.CONFLICT;
                    case BUSY, AWAY -> HttpStatus.SERVICE_UNAVAILABLE;
                },
                "nothing was %s: %s".formatted(verb, notStored.text()));
    }

    private ProblemException foreign(Collection<ResourceKey> resources, List<String> places) {
        var lines = new ArrayList<String>();
        var place = places.iterator();
        resources.forEach(key -> lines.add(key + " comes from " + place.next()));
        return ProblemException.conflict(
                "nothing was %s: %s; delete it there, or apply another version over it"
                        .formatted(verb, String.join(", ", lines)));
    }

    private ProblemException stale(Outcome.Stale stale) {
        var resource = stale.resource();
        var current = stale.current();
        String found;
        if (resource == null) {
            found =
                    "the config in force is revision %s and not that of If-Match; see what has changed, and send If-Match: \"%s\" if you still want it"
                            .formatted(current, current);
        } else if (current == null) {
            found = "there is no %s any more; leave If-Match out to create it".formatted(resource);
        } else {
            found =
                    "%s is in force in version %s; get it, change that one, and send If-Match: \"%s\""
                            .formatted(resource, current, current);
        }
        var problem =
                ProblemException.of(
                        HttpStatus.PRECONDITION_FAILED,
                        "nothing was %s: %s".formatted(verb, found));
        return current == null ? problem : problem.with("current", current);
    }
}
