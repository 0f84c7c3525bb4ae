package dev.quartet.injector.manifest;

/// The documents cannot be read or injected as a whole; the message names document, line or field.
public final class ManifestException extends Exception {
    private static final long serialVersionUID = 1;

    public ManifestException(String message) {
        super(message);
    }
}
