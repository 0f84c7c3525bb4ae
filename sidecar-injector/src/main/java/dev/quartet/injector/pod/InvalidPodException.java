package dev.quartet.injector.pod;

/// The pod, or an annotation on it, cannot be worked with; the message names the field and what to do.
public final class InvalidPodException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public InvalidPodException(String message) {
        super(message);
    }

    /// The text for the user.
    public String fault() {
        String message = getMessage();
        return message == null ? "the pod is not valid" : message;
    }
}
