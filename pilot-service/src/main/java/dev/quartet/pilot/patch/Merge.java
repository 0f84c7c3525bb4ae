package dev.quartet.pilot.patch;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MapEntry;
import com.google.protobuf.Message;
import java.util.List;

/// How one message is laid over another. As protobuf merges, lists are appended to and single values replaced; other than there, a value of a
/// well-known type (a `Duration`, a `UInt32Value`) is replaced as a whole, and what is packed in an `Any`, also in a map, is merged when
/// both are of one type.
final class Merge {
    private Merge() {}

    /// @param patch of the same type
    @SuppressWarnings("unchecked")
    static <M extends Message> M of(M base, Message patch) {
        var builder = base.toBuilder();
        patch.getAllFields().forEach((field, value) -> merge(builder, field, value));
        return (M) builder.build();
    }

    private static void merge(Message.Builder builder, FieldDescriptor field, Object value) {
        if (field.isMapField()) {
            ((List<?>) value).forEach(entry -> put(builder, field, (MapEntry<?, ?>) entry));
        } else if (field.isRepeated()) {
            ((List<?>) value).forEach(item -> builder.addRepeatedField(field, item));
        } else if (value instanceof Message message && builder.hasField(field)) {
            builder.setField(field, both((Message) builder.getField(field), message));
        } else {
            builder.setField(field, value);
        }
    }

    @SuppressWarnings("unchecked")
    private static void put(Message.Builder builder, FieldDescriptor field, MapEntry<?, ?> entry) {
        for (var i = 0; i < builder.getRepeatedFieldCount(field); i++) {
            var old = (MapEntry<Object, Object>) builder.getRepeatedField(field, i);
            if (old.getKey().equals(entry.getKey())) {
                var value =
                        entry.getValue() instanceof Message message
                                ? both((Message) old.getValue(), message)
                                : entry.getValue();
                builder.setRepeatedField(field, i, old.toBuilder().setValue(value).build());
                return;
            }
        }
        builder.addRepeatedField(field, entry);
    }

    private static Message both(Message base, Message patch) {
        if (base instanceof Any packed && patch instanceof Any other) {
            return packed.getTypeUrl().equals(other.getTypeUrl()) ? unpacked(packed, other) : other;
        }
        return isOneValue(base) ? patch : of(base, patch);
    }

    private static boolean isOneValue(Message message) {
        var type = message.getDescriptorForType();
        return type.getFullName().startsWith("google.protobuf.")
                && !type.getFullName().equals("google.protobuf.Struct");
    }

    private static Any unpacked(Any base, Any patch) {
        var type = EnvoyTypes.ofUrl(base.getTypeUrl());
        if (type.isEmpty()) {
            return patch;
        }
        try {
            var parser = type.get().getParserForType();
            var merged = of(parser.parseFrom(base.getValue()), parser.parseFrom(patch.getValue()));
            return base.toBuilder().setValue(merged.toByteString()).build();
        } catch (InvalidProtocolBufferException wrong) {
            throw new IllegalStateException("both were made here", wrong);
        }
    }
}
