package dev.quartet.fuzzing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// An input that is the values of messages and not the messages themselves, each value behind a byte that is in no UTF-8 text. What a fuzzer
/// changes is then a value: in bytes of the wire almost every change breaks the lengths around it, and nothing behind the parser is reached.
public final class Parts {
    private static final byte CUT = (byte) 0xFF;

    private final byte[] input;
    private int at;

    private Parts(byte[] input) {
        this.input = input;
    }

    /// Whether these bytes are values; otherwise they are messages as they go over the wire, each behind its length.
    public static boolean are(byte[] input) {
        return input.length > 0 && input[0] == CUT;
    }

    public static Parts of(byte[] input) {
        return new Parts(input);
    }

    public static byte[] join(Object... values) {
        var joined = new ByteArrayOutputStream();
        for (var value : values) {
            joined.write(CUT);
            joined.writeBytes(
                    value instanceof byte[] bytes
                            ? bytes
                            : value.toString().getBytes(StandardCharsets.UTF_8));
        }
        return joined.toByteArray();
    }

    public boolean more() {
        return at < input.length;
    }

    /// The next value, empty when there is none.
    public byte[] bytes() {
        int start = Math.min(at + 1, input.length);
        at = start;
        while (at < input.length && input[at] != CUT) {
            at++;
        }
        return Arrays.copyOfRange(input, start, at);
    }

    public String text() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }
}
