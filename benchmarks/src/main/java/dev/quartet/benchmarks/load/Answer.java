package dev.quartet.benchmarks.load;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;

/// What a proxy needs of a discovery response: no more than this is read, since a thousand proxies share two cores with the Pilot that is
/// measured. Clusters and listeners are looked into once per content.
///
/// @param version of the whole answer; state-of-the-world only
record Answer(
        String typeUrl,
        String version,
        String nonce,
        int sizeBytes,
        int resources,
        References references) {
    // Field numbers of DiscoveryResponse and DeltaDiscoveryResponse
    // (envoy/service/discovery/v3/discovery.proto).
    private static final int VERSION = 1;
    private static final int RESOURCES = 2;
    private static final int TYPE_URL = 4;
    private static final int NONCE = 5;
    private static final int RESOURCE_BODY = 2; // in a delta Resource

    /// Reads answers; one for all proxies.
    static final class Reader implements Marshaller<Answer> {
        private final boolean delta;
        private final ConcurrentHashMap<Long, References> seen = new ConcurrentHashMap<>();
        private final ThreadLocal<byte[]> buffers =
                ThreadLocal.withInitial(() -> new byte[1 << 20]);

        Reader(Protocol protocol) {
            this.delta = protocol == Protocol.DELTA;
        }

        @Override
        public InputStream stream(Answer value) {
            return new ByteArrayInputStream(new byte[0]);
        }

        @Override
        public Answer parse(InputStream stream) {
            try {
                var size = stream instanceof KnownLength ? stream.available() : -1;
                var buffer = buffers.get();
                if (size < 0) {
                    buffer = stream.readAllBytes();
                    size = buffer.length;
                } else {
                    if (buffer.length < size) {
                        buffer = new byte[size * 2];
                        buffers.set(buffer);
                    }
                    size = stream.readNBytes(buffer, 0, size);
                }
                return read(buffer, size);
            } catch (IOException broken) {
                throw new UncheckedIOException("Pilot has sent a broken answer", broken);
            }
        }

        Answer read(byte[] bytes, int size) throws IOException {
            var in = CodedInputStream.newInstance(bytes, 0, size);
            var version = "";
            var typeUrl = "";
            var nonce = "";
            var count = 0;
            var bodies = new int[32];
            for (var tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (WireFormat.getTagFieldNumber(tag)) {
                    case VERSION -> version = in.readString();
                    case TYPE_URL -> typeUrl = in.readString();
                    case NONCE -> nonce = in.readString();
                    case RESOURCES -> {
                        var length = in.readRawVarint32();
                        if (bodies.length < 2 * (count + 1)) {
                            bodies = Arrays.copyOf(bodies, bodies.length * 2);
                        }
                        bodies[2 * count] = in.getTotalBytesRead();
                        bodies[2 * count + 1] = length;
                        count++;
                        in.skipRawBytes(length);
                    }
                    default -> in.skipField(tag);
                }
            }
            var references = References.NONE;
            if (typeUrl.equals(TypeUrls.CLUSTERS) || typeUrl.equals(TypeUrls.LISTENERS)) {
                for (var i = 0; i < count; i++) {
                    references =
                            references.and(
                                    references(typeUrl, bytes, bodies[2 * i], bodies[2 * i + 1]));
                }
            }
            return new Answer(typeUrl, version, nonce, size, count, references);
        }

        private References references(String typeUrl, byte[] bytes, int offset, int length)
                throws IOException {
            var hash = 0xcbf29ce484222325L; // FNV-1a, 64 bits
            for (var i = offset; i < offset + length; i++) {
                hash = (hash ^ bytes[i]) * 0x100000001b3L;
            }
            var known = seen.get(hash);
            if (known == null) {
                known =
                        delta
                                ? ofDelta(typeUrl, bytes, offset, length)
                                : References.of(typeUrl, bytes, offset, length);
                seen.put(hash, known);
            }
            return known;
        }

        private static References ofDelta(String typeUrl, byte[] bytes, int offset, int length)
                throws IOException {
            var in = CodedInputStream.newInstance(bytes, offset, length);
            for (var tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (WireFormat.getTagFieldNumber(tag) == RESOURCE_BODY) {
                    var size = in.readRawVarint32();
                    return References.of(typeUrl, bytes, offset + in.getTotalBytesRead(), size);
                }
                in.skipField(tag);
            }
            return References.NONE;
        }
    }
}
