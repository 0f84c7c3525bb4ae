package dev.quartet.pilot.translate;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/// One resource as it goes to Envoy, serialised once for all proxies that get it.
///
/// @param version hash of the content: same content, same version, on every replica and after every restart
/// @param clusters the clusters that the content names; a proxy must have ACKed them before it gets this
/// @param content as state of the world has it
/// @param wire the bytes of the `Resource` that delta ADS has; the content's are a part of them
public record XdsResource(
        XdsType type,
        String name,
        String version,
        Set<String> clusters,
        Any content,
        ByteString wire) {

    public static XdsResource of(XdsType type, String name, Message content, Set<String> clusters) {
        var bytes = serialise(content);
        var version = hash(bytes);
        var wire = wire(name, version, any(type, UnsafeByteOperations.unsafeWrap(bytes)));
        var end =
                wire.size() - CodedOutputStream.computeStringSize(Resource.NAME_FIELD_NUMBER, name);
        var shared = wire.substring(end - bytes.length, end);
        return new XdsResource(type, name, version, Set.copyOf(clusters), any(type, shared), wire);
    }

    private static Any any(XdsType type, ByteString content) {
        return Any.newBuilder().setTypeUrl(type.url()).setValue(content).build();
    }

    /// The name is the last field of it, and the content ends before it.
    private static ByteString wire(String name, String version, Any content) {
        return Resource.newBuilder()
                .setName(name)
                .setVersion(version)
                .setResource(content)
                .build()
                .toByteString();
    }

    /// Two resources of one type and name are equal when their content is.
    @Override
    public boolean equals(Object other) {
        return other instanceof XdsResource that
                && type == that.type
                && name.equals(that.name)
                && version.equals(that.version);
    }

    @Override
    public int hashCode() {
        return version.hashCode();
    }

    /// Maps are written in key order, so that equal messages have equal bytes.
    private static byte[] serialise(Message content) {
        var bytes = new byte[content.getSerializedSize()];
        var output = CodedOutputStream.newInstance(bytes);
        output.useDeterministicSerialization();
        try {
            content.writeTo(output);
        } catch (IOException e) {
            throw new UncheckedIOException("a message does not fit its own size", e);
        }
        output.checkNoSpaceLeft();
        return bytes;
    }

    private static String hash(byte[] bytes) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
