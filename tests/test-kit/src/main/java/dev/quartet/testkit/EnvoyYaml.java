package dev.quartet.testkit;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/// Envoy's messages as YAML, in protobuf's JSON form with the names of the `.proto` files, as Envoy's own config is written. What
/// stands in an `Any` is found by its type's name; no registry has to be filled.
public final class EnvoyYaml {
    private static final Pattern TYPE = Pattern.compile("\"@type\"\\s*:\\s*\"[^\"]*/([^\"]+)\"");
    private static final DumpSettings DUMP =
            DumpSettings.builder()
                    .setDefaultFlowStyle(FlowStyle.BLOCK)
                    .setWidth(160)
                    .setSplitLines(false)
                    .setIndicatorIndent(0)
                    .build();

    /// Where generated classes stand, by how the package of their `.proto` begins.
    private static final Map<String, String> JAVA_PACKAGES =
            Map.of(
                    "envoy.",
                    "io.envoyproxy.envoy.",
                    "google.protobuf.",
                    "com.google.protobuf.",
                    "xds.",
                    "com.github.xds.",
                    "udpa.",
                    "com.github.udpa.udpa.");

    private EnvoyYaml() {}

    /// One document per message.
    public static String write(Collection<? extends MessageOrBuilder> messages) {
        return messages.stream().map(EnvoyYaml::write).collect(Collectors.joining("---\n"));
    }

    public static String write(MessageOrBuilder message) {
        return new Dump(DUMP).dumpToString(Json.read(json(message)));
    }

    /// The same as JSON: what a bootstrap or a REST answer needs.
    public static String json(MessageOrBuilder message) {
        try {
            return JsonFormat.printer()
                    .preservingProtoFieldNames()
                    .sortingMapKeys()
                    .usingTypeRegistry(registry(message))
                    .print(message);
        } catch (InvalidProtocolBufferException broken) {
            throw new IllegalArgumentException(
                    "this message cannot be shown: " + broken.getMessage(), broken);
        }
    }

    /// Reads JSON into `builder`; unknown fields are ignored, since Envoy knows more of them than the generated classes.
    public static void merge(String json, Message.Builder builder) {
        var types = JsonFormat.TypeRegistry.newBuilder();
        TYPE.matcher(json)
                .results()
                .map(match -> match.group(1))
                .distinct()
                .forEach(name -> descriptor(name).ifPresent(types::add));
        try {
            JsonFormat.parser()
                    .usingTypeRegistry(types.build())
                    .ignoringUnknownFields()
                    .merge(json, builder);
        } catch (InvalidProtocolBufferException broken) {
            throw new IllegalArgumentException(
                    "this is no "
                            + builder.getDescriptorForType().getFullName()
                            + ": "
                            + broken.getMessage(),
                    broken);
        }
    }

    private static JsonFormat.TypeRegistry registry(MessageOrBuilder message) {
        var found = new LinkedHashMap<String, Descriptor>();
        var open = new ArrayDeque<MessageOrBuilder>(List.of(message));
        while (!open.isEmpty()) {
            var next = open.poll();
            if (next instanceof Any any) {
                var name = any.getTypeUrl().substring(any.getTypeUrl().lastIndexOf('/') + 1);
                generated(name)
                        .ifPresent(type -> {
                            found.put(name, type.getDescriptorForType());
                            open.add(parse(type, any));
                        });
                continue;
            }
            for (var value : next.getAllFields().values()) {
                if (value instanceof MessageOrBuilder one) {
                    open.add(one);
                } else if (value instanceof List<?> several) {
                    several.stream()
                            .filter(MessageOrBuilder.class::isInstance)
                            .map(MessageOrBuilder.class::cast)
                            .forEach(open::add);
                }
            }
        }
        return JsonFormat.TypeRegistry.newBuilder().add(found.values()).build();
    }

    private static Message parse(Message type, Any any) {
        try {
            return type.getParserForType().parseFrom(any.getValue());
        } catch (InvalidProtocolBufferException broken) {
            throw new IllegalArgumentException(
                    "an Any does not hold the "
                            + any.getTypeUrl()
                            + " it says: "
                            + broken.getMessage(),
                    broken);
        }
    }

    private static Optional<Descriptor> descriptor(String name) {
        return generated(name).map(Message::getDescriptorForType);
    }

    private static Optional<Message> generated(String name) {
        for (var entry : JAVA_PACKAGES.entrySet()) {
            if (name.startsWith(entry.getKey())) {
                var type = entry.getValue() + name.substring(entry.getKey().length());
                try {
                    return Optional.of(
                            (Message)
                                    Class.forName(type)
                                            .getMethod("getDefaultInstance")
                                            .invoke(null));
                } catch (ReflectiveOperationException _) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }
}
