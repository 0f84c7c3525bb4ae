package dev.quartet.pilot.admin;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import dev.quartet.pilot.patch.EnvoyTypes;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Envoy's messages as JSON, with Envoy's own field names, as its `config_dump` has them. What is packed in an `Any` is told too.
final class EnvoyJson {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT =
            new TypeReference<>() {};

    private EnvoyJson() {}

    /// A type of which this service has no class is told as its bytes.
    static Map<String, Object> of(Any content) {
        try {
            var text =
                    JsonFormat.printer()
                            .preservingProtoFieldNames()
                            .usingTypeRegistry(registry(content))
                            .print(content);
            return JSON.readValue(text, OBJECT);
        } catch (InvalidProtocolBufferException e) {
            return Map.of(
                    "@type",
                    content.getTypeUrl(),
                    "bytesBase64",
                    Base64.getEncoder().encodeToString(content.getValue().toByteArray()));
        }
    }

    /// The same in lines, for a difference.
    static String lines(Any content) {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(of(content)) + "\n";
    }

    private static JsonFormat.TypeRegistry registry(Any content)
            throws InvalidProtocolBufferException {
        var found = new LinkedHashMap<String, Descriptor>();
        var open = new ArrayDeque<MessageOrBuilder>(List.of(content));
        while (!open.isEmpty()) {
            var next = open.poll();
            if (next instanceof Any any) {
                var name = any.getTypeUrl().substring(any.getTypeUrl().lastIndexOf('/') + 1);
                var type = EnvoyTypes.ofUrl(name);
                if (type.isPresent()) {
                    found.put(name, type.get().getDescriptorForType());
                    open.add(type.get().getParserForType().parseFrom(any.getValue()));
                }
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
}
