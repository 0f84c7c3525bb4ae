package dev.quartet.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// A bearer token in a file: a service's or proxy's first credential.
/// Read it trims white space, written it has **no** trailing newline: Envoy puts the file's bytes into a header as
/// they are, and a header that ends in a newline closes the stream with an empty message.
public record JoinToken(String value) {

    private static final int MAX_BYTES = 16 * 1024;
    private static final Pattern HEADER_SAFE = Pattern.compile("[\\x21-\\x7e]+");

    /// @throws IllegalArgumentException when empty, too long, or not printable ASCII without spaces
    public JoinToken {
        if (value.length() > MAX_BYTES || !HEADER_SAFE.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "a token is 1 to 16384 printable ASCII characters without spaces");
        }
    }

    /// @throws IOException naming the file, when it is missing or holds no token
    public static JoinToken read(Path file) throws IOException {
        var text =
                new String(PrivateFiles.readBounded(file, MAX_BYTES), StandardCharsets.US_ASCII)
                        .strip();
        try {
            return new JoinToken(text);
        } catch (IllegalArgumentException e) {
            throw new IOException("%s holds no token: %s".formatted(file, e.getMessage()), e);
        }
    }

    /// Replaces `file` at once (0600), without trailing newline.
    public void write(Path file) throws IOException {
        PrivateFiles.write(file, value);
    }

    /// The value of the `authorization` header.
    public String authorization() {
        return "Bearer " + value;
    }

    @Override
    public String toString() {
        return "JoinToken[redacted]";
    }
}
