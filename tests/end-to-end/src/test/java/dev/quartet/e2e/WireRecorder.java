package dev.quartet.e2e;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.opentest4j.TestAbortedException;

/// Records what passes over the loopback device from and to one TCP address, as tcpdump does: by a packet(7) socket. Needs Linux and
/// root; without, the test is skipped and says so.
final class WireRecorder implements AutoCloseable {
    // linux/if_packet.h, linux/if_ether.h, sys/socket.h
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int ETH_P_ALL_BIG_ENDIAN = 0x0300;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;
    private static final int ETHERNET = 14;
    private static final int TCP = 6;
    private static final int SNAPSHOT = 70_000;

    private final MethodHandle recv;
    private final MethodHandle close;
    private final int descriptor;
    private final byte[] address;
    private final int port;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Thread reader;
    private volatile boolean stopped;

    private WireRecorder(
            int descriptor, MethodHandle recv, MethodHandle close, InetSocketAddress where) {
        this.descriptor = descriptor;
        this.recv = recv;
        this.close = close;
        this.address = where.getAddress().getAddress();
        this.port = where.getPort();
        this.reader = Thread.ofPlatform().daemon().name("wire-recorder").unstarted(this::read);
    }

    static WireRecorder of(InetSocketAddress where) {
        if (!new File("/proc/net/packet").exists()) {
            throw new TestAbortedException("the wire can only be recorded on Linux");
        }
        var linker = Linker.nativeLinker();
        var socket =
                function(
                        linker,
                        "socket",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT));
        var setsockopt =
                function(
                        linker,
                        "setsockopt",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_INT));
        var recv =
                function(
                        linker,
                        "recv",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT));
        var close =
                function(
                        linker,
                        "close",
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try (var arena = Arena.ofConfined()) {
            var descriptor = (int) socket.invokeExact(AF_PACKET, SOCK_RAW, ETH_P_ALL_BIG_ENDIAN);
            if (descriptor < 0) {
                throw new TestAbortedException(
                        "the wire can only be recorded as root (CAP_NET_RAW)");
            }
            var timeout = arena.allocate(ValueLayout.JAVA_LONG, 2);
            timeout.setAtIndex(ValueLayout.JAVA_LONG, 1, 100_000);
            if ((int) setsockopt.invokeExact(descriptor, SOL_SOCKET, SO_RCVTIMEO, timeout, 16)
                    != 0) {
                throw new IllegalStateException("setsockopt failed");
            }
            var recorder = new WireRecorder(descriptor, recv, close, where);
            recorder.reader.start();
            return recorder;
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static MethodHandle function(
            Linker linker, String name, FunctionDescriptor descriptor) {
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), descriptor);
    }

    private void read() {
        try (var arena = Arena.ofConfined()) {
            var buffer = arena.allocate(SNAPSHOT);
            while (!stopped) {
                var count = (long) recv.invokeExact(descriptor, buffer, (long) SNAPSHOT, 0);
                if (count > ETHERNET) {
                    keep(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
                }
            }
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }

    /// The payload of TCP segments (RFC 9293) in IPv4 packets (RFC 791) from or to the address.
    private void keep(byte[] frame) {
        var header = (frame[ETHERNET] & 0xf) * 4;
        var tcp = ETHERNET + header;
        if (frame[ETHERNET] >> 4 != 4 || frame[ETHERNET + 9] != TCP || frame.length < tcp + 20) {
            return;
        }
        var from =
                Arrays.equals(frame, ETHERNET + 12, ETHERNET + 16, address, 0, 4)
                        && unsignedShort(frame, tcp) == port;
        var to =
                Arrays.equals(frame, ETHERNET + 16, ETHERNET + 20, address, 0, 4)
                        && unsignedShort(frame, tcp + 2) == port;
        var payload = tcp + ((frame[tcp + 12] >> 4) & 0xf) * 4;
        if ((from || to) && payload < frame.length) {
            synchronized (bytes) {
                bytes.write(frame, payload, frame.length - payload);
            }
        }
    }

    private static int unsignedShort(byte[] bytes, int index) {
        return (bytes[index] & 0xff) << 8 | bytes[index + 1] & 0xff;
    }

    /// All that was seen so far; on loopback each segment comes twice, once out and once in.
    byte[] bytes() {
        synchronized (bytes) {
            return bytes.toByteArray();
        }
    }

    static boolean contains(byte[] bytes, byte[] part) {
        for (var i = 0; i <= bytes.length - part.length; i++) {
            if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        stopped = true;
        try {
            reader.join();
            var _ = (int) close.invokeExact(descriptor);
        } catch (Throwable failure) {
            throw new IllegalStateException(new IOException("the recorder does not end", failure));
        }
    }
}
