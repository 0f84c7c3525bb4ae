package dev.quartet.admin;

import java.io.IOException;

/// The body of a request is longer than `quartet.admin.max-body-size`.
final class BodyTooLargeException extends IOException {
    private static final long serialVersionUID = 1;

    BodyTooLargeException(long maxBytes) {
        super(text(maxBytes));
    }

    static String text(long maxBytes) {
        return "the body is larger than %d bytes; send it in parts, or raise quartet.admin.max-body-size"
                .formatted(maxBytes);
    }
}
