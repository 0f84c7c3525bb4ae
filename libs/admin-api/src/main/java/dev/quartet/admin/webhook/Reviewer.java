package dev.quartet.admin.webhook;

/// Judges what kube-apiserver is about to store. Called by many threads at once; may block for a few seconds, since
/// kube-apiserver waits for ten.
@FunctionalInterface
public interface Reviewer {
    /// @throws MalformedReviewException when the review lacks what it takes to judge
    /// @throws InterruptedException when the webhook closes meanwhile
    AdmissionAnswer review(AdmissionReview review)
            throws MalformedReviewException, InterruptedException;
}
