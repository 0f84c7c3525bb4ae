package dev.quartet.pilot.translate;

import com.google.protobuf.Any;
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
/// @param message the wire form of delta ADS, with the content as `Any`
public record XdsResource(
        XdsType type, String name, String version, Set<String> clusters, Resource message) {

    public static XdsResource of(XdsType type, String name, Message content, Set<String> clusters) {
        var bytes = serialise(content);
        var version = hash(bytes);
        var any =
                Any.newBuilder()
                        .setTypeUrl(type.url())
                        .setValue(UnsafeByteOperations.unsafeWrap(bytes))
                        .build();
        var message =
                Resource.newBuilder().setName(name).setVersion(version).setResource(any).build();
        return new XdsResource(type, name, version, Set.copyOf(clusters), message);
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

    public Any content() {
        return message.getResource();
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
