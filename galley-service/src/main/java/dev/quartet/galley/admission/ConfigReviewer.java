package dev.quartet.galley.admission;

import dev.quartet.admin.webhook.AdmissionAnswer;
import dev.quartet.admin.webhook.AdmissionReview;
import dev.quartet.admin.webhook.MalformedReviewException;
import dev.quartet.admin.webhook.Reviewer;
import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.source.ConfigFile;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Judges config before the apiserver stores it, as REST judges an apply: by itself, and together with what is in force;
/// and before the apiserver deletes it. Never stands in the way of what is not config of ours, and of what leaves it as it
/// was. Thread-safe.
public final class ConfigReviewer implements Reviewer {
    private static final Logger LOGGER = LoggerFactory.getLogger(ConfigReviewer.class);

    /// Told of decisions, for metrics; not of dry runs.
    public interface Observer {
        void passed(ResourceKey resource);

        void failed(Collection<Problem> errors);

        /// It was to be deleted, and others need it.
        void kept(ResourceKey resource);
    }

    private final ChangeDesk desk;
    private final Set<Kind> kinds;
    private final DeleteReviewer deletes;
    private final Agreements agreements;
    private final Duration patience;
    private final Observer observer;

    /// @param kinds that are judged; others pass
    /// @param patience for what was stored a moment ago, say the handler of a rule in the same file, or deleted
    public ConfigReviewer(
            ChangeDesk desk,
            Set<Kind> kinds,
            ReferencedDeletes deletes,
            Departures departures,
            Agreements agreements,
            Duration patience,
            Observer observer) {
        this.desk = desk;
        this.kinds = Set.copyOf(kinds);
        this.deletes = new DeleteReviewer(desk, deletes, departures, agreements, patience);
        this.agreements = agreements;
        this.patience = patience;
        this.observer = observer;
    }

    @Override
    public AdmissionAnswer review(AdmissionReview review)
            throws MalformedReviewException, InterruptedException {
        var kind = kind(review);
        if (kind.isEmpty()) {
            return AdmissionAnswer.allowed();
        }
        return switch (review.operation()) {
            case "CREATE", "UPDATE" -> store(review, kind.get());
            case "DELETE" -> delete(review, kind.get());
            default -> AdmissionAnswer.allowed();
        };
    }

    private Optional<Kind> kind(AdmissionReview review) {
        return kinds.stream()
                .filter(kind ->
                        kind.group().equals(review.group()) && kind.label().equals(review.kind()))
                .findFirst();
    }

    private AdmissionAnswer store(AdmissionReview review, Kind kind)
            throws MalformedReviewException, InterruptedException {
        var object =
                review.object()
                        .map(ReviewedObject::new)
                        .orElseThrow(() ->
                                new MalformedReviewException(
                                        "request.object is missing; %s takes one"
                                                .formatted(review.operation())));
        var before = review.oldObject().map(ReviewedObject::new);
        if (object.isBeingDeleted() || before.filter(object::saysTheSameAs).isPresent()) {
            return AdmissionAnswer.allowed();
        }
        var key = object.key(kind, review);
        var file =
                ConfigFile.readObject(
                        key.namespace() + "/" + key.name(), object.json(key.namespace()));
        var verdict = desk.judge(file, Duration.ZERO);
        if (!verdict.good()) {
            if (agreements.isStored(key, object::saysTheSameAs)) {
                return AdmissionAnswer.allowed();
            }
            verdict = desk.judge(file, patience);
        }
        if (!review.dryRun()) {
            if (verdict.good()) {
                observer.passed(key);
            } else {
                observer.failed(verdict.errors());
            }
        }
        if (verdict.good()) {
            return new AdmissionAnswer.Allowed(Wording.lines(verdict.warnings()), null);
        }
        LOGGER.atInfo()
                .addKeyValue("kind", kind.label())
                .addKeyValue("namespace", key.namespace())
                .addKeyValue("name", key.name())
                .addKeyValue("error", Wording.lines(verdict.errors()))
                .log("Object refused");
        return Wording.refusal(key, verdict);
    }

    private AdmissionAnswer delete(AdmissionReview review, Kind kind) throws InterruptedException {
        var object = review.oldObject().map(ReviewedObject::new);
        if (object.isEmpty()) {
            return AdmissionAnswer.allowed();
        }
        var key = object.get().key(kind, review);
        var answer = deletes.review(review.user(), object.get(), key);
        if (answer instanceof AdmissionAnswer.Denied && !review.dryRun()) {
            observer.kept(key);
        }
        return answer;
    }
}
