package dev.quartet.config.write;

import dev.quartet.config.Spec;
import dev.quartet.config.Tree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;

/// A spec as JSON, the same bytes for the same content: fields in the order of the record, map entries in the order of
/// their keys, what was left out left out, durations in protobuf's form. Thread-safe.
public final class CanonicalJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private CanonicalJson() {}

    /// UTF-8, without white space.
    public static byte[] write(Spec spec) {
        return write(Plain.of((Record) spec));
    }

    /// The same of a value without a schema.
    public static byte[] write(Tree.Fields fields) {
        return write(Plain.of(fields));
    }

    /// Whether it is no longer than that; what is longer is not written to its end, and nothing is kept.
    public static boolean fits(Spec spec, int maxBytes) {
        var room = new Room(maxBytes);
        try {
            write(Plain.of((Record) spec), room);
            return true;
        } catch (JacksonIOException full) {
            return false;
        }
    }

    static byte[] write(Map<String, @Nullable Object> fields) {
        var bytes = new ByteArrayOutputStream(512);
        write(fields, bytes);
        return bytes.toByteArray();
    }

    private static void write(Map<String, @Nullable Object> fields, OutputStream to) {
        try (var generator = FACTORY.createGenerator(ObjectWriteContext.empty(), to)) {
            write(generator, fields);
        }
    }

    /// Counts, and is full at some point.
    private static final class Room extends OutputStream {
        private long left;

        Room(int bytes) {
            left = bytes;
        }

        @Override
        public void write(int oneByte) throws IOException {
            take(1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            take(length);
        }

        private void take(int bytes) throws IOException {
            left -= bytes;
            if (left < 0) {
                throw new IOException("full");
            }
        }
    }

    private static void write(JsonGenerator json, @Nullable Object value) {
        switch (value) {
            case null -> json.writeNull();
            case String text -> json.writeString(text);
            case Boolean bool -> json.writeBoolean(bool);
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case Double number -> json.writeNumber(number);
            case BigDecimal number -> json.writeNumber(number);
            case List<?> list -> {
                json.writeStartArray();
                list.forEach(item -> write(json, item));
                json.writeEndArray();
            }
            case Map<?, ?> map -> {
                json.writeStartObject();
                map.forEach((key, item) -> {
                    json.writeName((String) key);
                    write(json, item);
                });
                json.writeEndObject();
            }
            default -> throw new IllegalArgumentException("no JSON form of " + value.getClass());
        }
    }
}
