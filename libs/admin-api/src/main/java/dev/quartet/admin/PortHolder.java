package dev.quartet.admin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// The process that listens on a TCP port. On Linux it is read from procfs (proc(5): `/proc/net/tcp` gives the socket's inode and owner, `/proc/<pid>/fd` who has it open); elsewhere `lsof` is
/// asked, where it is installed.
/// @param pid 0 when only the owner is known
record PortHolder(long pid, String command) {
    private static final int MAX_COMMAND_CHARS = 120;
    private static final String LISTEN = "0A"; // TCP_LISTEN of linux/tcp_states.h, in hexadecimal

    String describe() {
        return pid == 0 ? command : "process %d (%s)".formatted(pid, command);
    }

    static Optional<PortHolder> find(int port) {
        if (Files.isDirectory(Path.of("/proc/net"))) {
            return fromProcfs(port);
        }
        return fromLsof(port);
    }

    private static Optional<PortHolder> fromProcfs(int port) {
        var inodes = new HashSet<String>();
        var owners = new HashSet<String>();
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            for (String line : lines(Path.of(table))) {
                String[] fields = line.strip().split("\\s+");
                if (fields.length > 9 && fields[3].equals(LISTEN) && portOf(fields[1]) == port) {
                    owners.add(fields[7]);
                    inodes.add("socket:[" + fields[9] + "]");
                }
            }
        }
        if (inodes.isEmpty()) {
            return Optional.empty();
        }
        Optional<PortHolder> process = processWith(inodes);
        return process.isPresent()
                ? process
                : Optional.of(
                        new PortHolder(0, "a process of user id " + String.join(", ", owners)));
    }

    private static int portOf(String hexAddress) {
        int colon = hexAddress.lastIndexOf(':');
        return colon < 0 ? -1 : Integer.parseInt(hexAddress.substring(colon + 1), 16);
    }

    private static Optional<PortHolder> processWith(Set<String> inodes) {
        try (DirectoryStream<Path> processes =
                Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (holdsAny(process.resolve("fd"), inodes)) {
                    return Optional.of(
                            new PortHolder(
                                    Long.parseLong(process.getFileName().toString()),
                                    commandOf(process)));
                }
            }
        } catch (IOException e) {
            return Optional
                    .empty(); // no procfs to look into: the caller says that the holder is unknown
        }
        return Optional.empty();
    }

    private static boolean holdsAny(Path folder, Set<String> inodes) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(folder)) {
            for (Path descriptor : descriptors) {
                if (inodes.contains(target(descriptor))) {
                    return true;
                }
            }
        } catch (IOException e) {
            return false; // another user's process, or it has just ended
        }
        return false;
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return ""; // closed meanwhile
        }
    }

    private static String commandOf(Path process) {
        try {
            String line = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
            return line.isEmpty()
                    ? shortened(Files.readString(process.resolve("comm")).strip())
                    : telling(List.of(line.split("\0")));
        } catch (IOException e) {
            return "unknown command";
        }
    }

    /// The part of a command line that tells a person what it is: of Java's, the jar or main class after all its options; of others, the beginning.
    static String telling(List<String> command) {
        String program = command.getFirst().substring(command.getFirst().lastIndexOf('/') + 1);
        if (program.equals("java")) {
            for (int i = 1; i < command.size(); i++) {
                String argument = command.get(i);
                if (argument.equals("-jar") && i + 1 < command.size()) {
                    return shortened("java -jar " + command.get(i + 1));
                } else if (argument.equals("-cp")
                        || argument.equals("-classpath")
                        || argument.equals("--class-path")
                        || argument.equals("-p")
                        || argument.equals("--module-path")) {
                    i++; // its value
                } else if (!argument.startsWith("-") && !argument.startsWith("@")) {
                    return shortened("java " + argument);
                }
            }
        }
        return shortened(String.join(" ", command));
    }

    private static String shortened(String command) {
        String printable = command.replaceAll("\\p{Cntrl}", "?");
        return printable.length() <= MAX_COMMAND_CHARS
                ? printable
                : printable.substring(0, MAX_COMMAND_CHARS) + "…";
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }

    private static Optional<PortHolder> fromLsof(int port) {
        try {
            Process lsof =
                    new ProcessBuilder("lsof", "-nP", "-iTCP:" + port, "-sTCP:LISTEN", "-Fpc")
                            .redirectErrorStream(true)
                            .start();
            String out = new String(lsof.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            lsof.waitFor(5, TimeUnit.SECONDS);
            long pid = 0;
            for (String line : out.lines().toList()) {
                if (line.startsWith("p")) {
                    pid = Long.parseLong(line.substring(1));
                } else if (line.startsWith("c") && pid != 0) {
                    return Optional.of(new PortHolder(pid, shortened(line.substring(1))));
                }
            }
            return Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty(); // no lsof here
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
