package dev.quartet.mixer.dispatch;

/// A check came to no verdict: there is no configuration yet, or a handler failed. The proxy's fail policy decides.
public final class CheckFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CheckFailedException(String message) {
        super(message);
    }

    CheckFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
