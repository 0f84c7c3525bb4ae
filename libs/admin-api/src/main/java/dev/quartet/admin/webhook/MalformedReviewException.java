package dev.quartet.admin.webhook;

/// What was sent is no AdmissionReview that can be answered; the sender is told so with status 400.
public final class MalformedReviewException extends Exception {
    private static final long serialVersionUID = 1;

    /// @param message what is wrong, for the sender
    public MalformedReviewException(String message) {
        super(message);
    }
}
