package dev.quartet.stream;

import com.google.protobuf.BytesValue;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.quartet.config.Kind;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.config.read.UnreadableResourceException;
import java.util.ArrayList;
import java.util.List;

/// Reads bodies: an `Any` of a `BytesValue` with the spec's canonical JSON.
final class WireDecoder {
    /// What could be read of one message, and what is wrong with the rest.
    record Decoded(List<HeldResource> resources, List<String> problems) {}

    private static final ResourceReader READER = new ResourceReader();

    private WireDecoder() {}

    static Decoded decode(Kind kind, List<dev.quartet.wire.mcp.Resource> wires) {
        var resources = new ArrayList<HeldResource>(wires.size());
        var problems = new ArrayList<String>();
        for (var wire : wires) {
            var metadata = wire.getMetadata();
            try {
                var json = wire.getBody().unpack(BytesValue.class).getValue().toByteArray();
                var resource =
                        READER.readJson(
                                kind,
                                metadata.getName(),
                                metadata.getLabelsMap(),
                                metadata.getAnnotationsMap(),
                                json);
                resources.add(new HeldResource(wire, resource));
            } catch (UnreadableResourceException e) {
                e.problems().forEach(problem -> problems.add(metadata.getName() + ": " + problem));
            } catch (InvalidProtocolBufferException e) {
                problems.add(
                        "%s %s: the body is no Any of a BytesValue: %s"
                                .formatted(kind.label(), metadata.getName(), e.getMessage()));
            }
        }
        return new Decoded(resources, problems);
    }
}
