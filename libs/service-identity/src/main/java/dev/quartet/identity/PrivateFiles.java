package dev.quartet.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/// Files that only their owner may read (0600) in folders that only their owner may enter (0700).
/// A write replaces the whole file or nothing: the content goes to a temporary file beside it, is forced to disk and
/// renamed, so a reader, a `kill -9` or a full disk never sees or leaves half a file.
/// Run by root, a file gets the owner of the folder it lies in, so that one process can write another's secrets.
/// Safe for many threads and processes.
public final class PrivateFiles {

    private static final Set<PosixFilePermission> FILE =
            PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> PUBLIC_FILE =
            PosixFilePermissions.fromString("rw-r--r--");
    private static final Set<PosixFilePermission> FOLDER =
            PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> OTHERS =
            EnumSet.of(
                    PosixFilePermission.GROUP_READ,
                    PosixFilePermission.GROUP_WRITE,
                    PosixFilePermission.OTHERS_READ,
                    PosixFilePermission.OTHERS_WRITE);

    private PrivateFiles() {}

    /// Makes `folder` (and its parents) with 0700 when it is missing; an existing one is left as it is.
    public static Path folder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(FOLDER));
        }
        return folder;
    }

    /// Replaces `file` by `content`, 0600.
    public static void write(Path file, byte[] content) throws IOException {
        replace(file, content, FILE);
    }

    /// Replaces `file` by `content`, 0600.
    public static void write(Path file, String content) throws IOException {
        write(file, content.getBytes(StandardCharsets.UTF_8));
    }

    /// Replaces `file` by `content` in the same way, but readable by all (0644): for root certificates.
    public static void writePublic(Path file, String content) throws IOException {
        replace(file, content.getBytes(StandardCharsets.UTF_8), PUBLIC_FILE);
    }

    /// Writes `file` (0600) if it does not exist yet. Of many processes that try at once exactly one wins; when this
    /// returns, the file is there and whole.
    ///
    /// @return whether this call made it
    public static boolean createIfAbsent(Path file, byte[] content) throws IOException {
        var temporary = temporary(file, content, FILE);
        try {
            Files.createLink(
                    file, temporary); // fails when the target exists, which a rename would not
            forceFolder(file);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /// Reads a secret file, at most `maxBytes` long.
    ///
    /// @throws NoSuchFileException when it is missing
    /// @throws IOException when group or others may read or write it, or when it is longer
    public static byte[] read(Path file, int maxBytes) throws IOException {
        refuseIfShared(file);
        return readBounded(file, maxBytes);
    }

    /// Reads a file at most `maxBytes` long, whoever may read it.
    static byte[] readBounded(Path file, int maxBytes) throws IOException {
        try (var in = Files.newInputStream(file)) {
            var content = in.readNBytes(maxBytes + 1);
            if (content.length > maxBytes) {
                throw new IOException("%s is longer than %d bytes".formatted(file, maxBytes));
            }
            return content;
        }
    }

    /// @throws IOException when group or others may read or write `file`
    public static void refuseIfShared(Path file) throws IOException {
        var permissions = EnumSet.copyOf(Files.getPosixFilePermissions(file));
        permissions.retainAll(OTHERS);
        if (!permissions.isEmpty()) {
            throw new IOException(
                    "%s can be read or written by others than its owner; run: chmod 600 %s"
                            .formatted(file, file));
        }
    }

    private static void replace(Path file, byte[] content, Set<PosixFilePermission> permissions)
            throws IOException {
        var temporary = temporary(file, content, permissions);
        try {
            Files.move(
                    temporary,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            forceFolder(file);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static Path temporary(Path file, byte[] content, Set<PosixFilePermission> permissions)
            throws IOException {
        var folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(
                    String.valueOf(folder), null, "the folder of " + file + " is missing");
        }
        var temporary =
                Files.createTempFile(
                        folder,
                        "." + file.getFileName() + ".",
                        ".tmp",
                        PosixFilePermissions.asFileAttribute(FILE));
        try (var channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            var buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        Files.setPosixFilePermissions(temporary, permissions);
        takeOwnerOf(folder, temporary);
        return temporary;
    }

    private static void takeOwnerOf(Path folder, Path file) throws IOException {
        var wanted = Files.readAttributes(folder, "unix:uid,gid");
        var given = Files.readAttributes(file, "unix:uid,gid");
        if (Integer.valueOf(0).equals(given.get("uid")) && !wanted.equals(given)) {
            Files.setAttribute(file, "unix:gid", wanted.get("gid"));
            Files.setAttribute(file, "unix:uid", wanted.get("uid"));
        }
    }

    /// Puts the folder of `file` on disk: a rename is durable only then.
    public static void forceFolder(Path file) throws IOException {
        var folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            return;
        }
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
