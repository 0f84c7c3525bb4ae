package dev.quartet.injector.review;

/// What was sent is not an AdmissionReview of a pod; the sender is answered 400 with the message.
public final class MalformedReviewException extends Exception {
    private static final long serialVersionUID = 1;

    public MalformedReviewException(String message) {
        super(message);
    }
}
