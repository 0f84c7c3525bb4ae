package dev.quartet.cli.process;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/// Whether an address can be listened on, and who holds it if not: read from procfs (proc(5)) on Linux, asked of `lsof` elsewhere.
public final class PortHolder {
    private static final Duration OUTGOING_CONNECTION = Duration.ofSeconds(10);
    private static final Pattern JAR = Pattern.compile("/java .*?-jar (\\S+)");
    private static final Duration POLL = Duration.ofMillis(50);
    private static final String LISTEN = "0A"; // TCP_LISTEN of linux/tcp_states.h, in hexadecimal

    /// The address itself (in tcp6 with more before it), or every address.
    private static final String LISTENED_ON = "(\\p{XDigit}*%s|0+):%04X";

    private PortHolder() {}

    /// Empty when the address is free; else why it is not. A port that nobody listens on may be the source of somebody's outgoing
    /// connection (42422 lies where the kernel takes these from): such a connection is waited for, since most are short.
    public static Optional<String> taken(String host, int port) {
        try {
            return taken(InetAddress.getByName(host), port);
        } catch (IOException failure) {
            return Optional.of(String.valueOf(failure.getMessage()));
        }
    }

    private static Optional<String> taken(InetAddress address, int port) throws IOException {
        var giveUp = System.nanoTime() + OUTGOING_CONNECTION.toNanos();
        while (true) {
            try (var socket = new ServerSocket()) {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(address, port));
                return Optional.empty();
            } catch (BindException failure) {
                var holder = find(address, port);
                var said = String.valueOf(failure.getMessage());
                if (holder.isPresent()
                        || said.contains("assign requested address")
                        || System.nanoTime() > giveUp) {
                    return Optional.of(holder.orElse(said));
                }
                LockSupport.parkNanos(POLL.toNanos());
            }
        }
    }

    private static Optional<String> find(InetAddress address, int port) {
        return Files.isDirectory(Path.of("/proc/net")) ? fromProcfs(address, port) : fromLsof(port);
    }

    private static Optional<String> fromProcfs(InetAddress address, int port) {
        var local = Pattern.compile(LISTENED_ON.formatted(hexadecimal(address), port));
        var sockets = new HashSet<String>();
        for (var table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            try {
                for (var line : Files.readAllLines(Path.of(table))) {
                    var fields = line.strip().split("\\s+");
                    if (fields.length > 9
                            && fields[3].equals(LISTEN)
                            && local.matcher(fields[1]).matches()) {
                        sockets.add("socket:[" + fields[9] + "]");
                    }
                }
            } catch (IOException _) {
                // no such table: the other one answers
            }
        }
        return sockets.isEmpty()
                ? Optional.empty()
                : Optional.of(processWith(sockets).orElse("a process of another user"));
    }

    /// As the kernel writes an IPv4 address: its bytes from the last to the first.
    private static String hexadecimal(InetAddress address) {
        var hex = new StringBuilder();
        for (var part : address.getAddress()) {
            hex.insert(0, "%02X".formatted(part));
        }
        return hex.toString();
    }

    private static Optional<String> processWith(HashSet<String> sockets) {
        return ProcessHandle.allProcesses()
                .filter(process -> holds(process.pid(), sockets))
                .findFirst()
                .map(process -> "process %d (%s)".formatted(process.pid(), command(process)));
    }

    private static boolean holds(long pid, HashSet<String> sockets) {
        try (var descriptors = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
            for (var descriptor : descriptors) {
                if (Files.isSymbolicLink(descriptor)
                        && sockets.contains(Files.readSymbolicLink(descriptor).toString())) {
                    return true;
                }
            }
        } catch (IOException _) {
            // another user's, or it has just ended
        }
        return false;
    }

    /// The part of the command line that tells a person what it is: of Java's the jar, of others the beginning.
    private static String command(ProcessHandle process) {
        var line =
                process.info()
                        .commandLine()
                        .or(() -> process.info().command())
                        .orElse("unknown command");
        var jar = JAR.matcher(line);
        if (jar.find()) {
            return "java -jar " + jar.group(1);
        }
        return line.length() <= 100 ? line : line.substring(0, 100) + "…";
    }

    private static Optional<String> fromLsof(int port) {
        try {
            var lsof =
                    new ProcessBuilder("lsof", "-nP", "-iTCP:" + port, "-sTCP:LISTEN", "-t")
                            .redirectErrorStream(true)
                            .start();
            var out =
                    new String(lsof.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                            .strip();
            lsof.waitFor(5, TimeUnit.SECONDS);
            return out.lines()
                    .findFirst()
                    .map(Long::parseLong)
                    .flatMap(ProcessHandle::of)
                    .map(process -> "process %d (%s)".formatted(process.pid(), command(process)));
        } catch (IOException | NumberFormatException _) {
            return Optional.empty();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
