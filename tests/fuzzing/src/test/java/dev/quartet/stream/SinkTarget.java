package dev.quartet.stream;

import static dev.quartet.fuzzing.Laws.holds;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Status;
import dev.quartet.config.Kind;
import dev.quartet.config.write.CanonicalJson;
import dev.quartet.fuzzing.Parts;
import dev.quartet.fuzzing.Seeds;
import dev.quartet.wire.mcp.Metadata;
import dev.quartet.wire.mcp.RequestResources;
import dev.quartet.wire.mcp.Resource;
import dev.quartet.wire.mcp.Resources;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.TreeMap;

/// What Galley may send: messages of a stream, decoded and put together as [ConfigStream] does it.
public final class SinkTarget {
    private SinkTarget() {}

    public static void fuzzerTestOneInput(byte[] input) {
        var assembler = new RevisionAssembler(EnumSet.allOf(Kind.class));
        for (var message : messages(input)) {
            Kind.ofCollection(message.getCollection())
                    .ifPresent(kind -> take(assembler, kind, message));
        }
    }

    private static void take(RevisionAssembler assembler, Kind kind, Resources message) {
        var decoded = WireDecoder.decode(kind, message.getResourcesList());
        holds(
                decoded.problems().isEmpty()
                        == (decoded.resources().size() == message.getResourcesCount()),
                "a body is neither read nor refused");
        for (var held : decoded.resources()) {
            var key = held.resource().key();
            holds(key.kind() == kind, "a resource of another kind");
            holds(key.namespacedName().equals(held.name()), "a resource of another name");
        }
        if (!decoded.problems().isEmpty()) {
            refusal(decoded.problems());
            return;
        }
        var expected = new HashMap<String, String>();
        if (message.getIncremental()) {
            expected.putAll(assembler.versions(kind));
        }
        message.getRemovedResourcesList().forEach(expected::remove);
        decoded.resources().forEach(held -> expected.put(held.name(), held.version()));

        assembler.accept(
                kind,
                message.getSystemVersionInfo(),
                message.getIncremental(),
                decoded.resources(),
                message.getRemovedResourcesList());

        holds(assembler.versions(kind).equals(expected), "the collection is not what was sent");
        holds(!assembler.lagging().contains(kind), "the newest collection lags");
        holds(
                assembler.wholeRevision().isEmpty() || assembler.lagging().isEmpty(),
                "whole, and something lags");
        isReadFromDiskAsItIs(assembler, kind);
    }

    private static void isReadFromDiskAsItIs(RevisionAssembler assembler, Kind kind) {
        Resources kept;
        try {
            kept = Resources.parseFrom(assembler.wire(kind));
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("what is kept on disk cannot be read", e);
        }
        var fromDisk = WireDecoder.decode(kind, kept.getResourcesList());
        holds(fromDisk.problems().isEmpty(), "what is kept on disk is refused");
        var versions = new TreeMap<String, String>();
        for (var held : fromDisk.resources()) {
            versions.put(held.name(), held.version());
            holds(
                    held.resource().equals(assembler.resources().get(held.resource().key())),
                    "what is kept on disk is read as something else");
        }
        holds(versions.equals(assembler.versions(kind)), "on disk is not what is held");
        holds(
                assembler.resources().keySet().stream().filter(key -> key.kind() == kind).count()
                        == fromDisk.resources().size(),
                "two names are one resource");
    }

    private static void refusal(List<String> problems) {
        var refusal =
                RequestResources.newBuilder()
                        .setErrorDetail(Status.newBuilder().setMessage(String.join("\n", problems)))
                        .build();
        try {
            holds(
                    RequestResources.parseFrom(refusal.toByteArray()).hasErrorDetail(),
                    "a refusal without a reason");
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("a refusal that Galley cannot read", e);
        }
    }

    private static List<Resources> messages(byte[] input) {
        var messages = new ArrayList<Resources>();
        if (Parts.are(input)) {
            var parts = Parts.of(input);
            while (parts.more()) {
                messages.add(message(parts));
            }
            return messages;
        }
        var stream = new ByteArrayInputStream(input);
        try {
            for (var next = Resources.parseDelimitedFrom(stream);
                    next != null;
                    next = Resources.parseDelimitedFrom(stream)) {
                messages.add(next);
            }
        } catch (InvalidProtocolBufferException e) {
            // gRPC ends the stream there
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return messages;
    }

    private static Resources message(Parts parts) {
        var message =
                Resources.newBuilder()
                        .setCollection(parts.text())
                        .setSystemVersionInfo(parts.text())
                        .setIncremental(parts.bytes().length > 0);
        var name = parts.text();
        var metadata =
                Metadata.newBuilder()
                        .setName(name)
                        .setVersion(parts.text())
                        .putLabels(parts.text(), parts.text());
        var json = BytesValue.of(ByteString.copyFrom(parts.bytes()));
        message.addResources(Resource.newBuilder().setMetadata(metadata).setBody(Any.pack(json)));
        message.addRemovedResources(parts.text());
        return message.build();
    }

    public static List<byte[]> seeds() {
        var seeds = new ArrayList<byte[]>();
        for (var resource : Seeds.resources()) {
            var name = resource.key().namespacedName();
            var json = CanonicalJson.write(resource.spec());
            var parts =
                    Parts.join(
                            resource.key().kind().collection(),
                            "r1",
                            "i",
                            name,
                            resource.version(),
                            "app",
                            "a",
                            json,
                            "shop/gone");
            seeds.add(parts);
            seeds.add(wire(messages(parts).getFirst()));
        }
        for (var kind : Kind.values()) {
            seeds.add(
                    wire(
                            Resources.newBuilder()
                                    .setCollection(kind.collection())
                                    .setSystemVersionInfo("r1")
                                    .setIncremental(true)
                                    .addRemovedResources("shop/a")
                                    .build()));
        }
        return seeds;
    }

    private static byte[] wire(Resources message) {
        var wire = new ByteArrayOutputStream();
        try {
            message.writeDelimitedTo(wire);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return wire.toByteArray();
    }
}
