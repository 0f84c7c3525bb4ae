package dev.quartet.cli.local;

import dev.quartet.cli.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.HexFormat;

/// The folders of one local mesh.
///
/// @param root the source tree, which holds the jars
/// @param folder what this mesh keeps: state, trust, logs, pid files
public record Home(Path root, Path folder) {
    public static final String DEFAULT = ".mesh";

    public Home {
        root = root.toAbsolutePath().normalize();
        folder = folder.toAbsolutePath().normalize();
    }

    /// What does not belong to one mesh: Envoy, unpacked jars, AOT caches. Keyed by content, so it is shared.
    public Path shared(String name) {
        return root.resolve(DEFAULT).resolve(name);
    }

    public Path adminToken() {
        return folder.resolve("admin-token");
    }

    Path config() {
        return folder.resolve("config");
    }

    Path state(String service) {
        return folder.resolve("state").resolve(service);
    }

    Path trust() {
        return folder.resolve("trust");
    }

    Path trust(String namespace, String serviceAccount) {
        return trust().resolve(namespace).resolve(serviceAccount);
    }

    Path proxy(String name) {
        return folder.resolve("proxies").resolve(name);
    }

    public Path log(String process) {
        return folder.resolve("logs").resolve(process + ".log");
    }

    public Path logs() {
        return folder.resolve("logs");
    }

    Path run() {
        return folder.resolve("run");
    }

    Path pid(String process) {
        return run().resolve(process + ".pid");
    }

    public Path meshFile() {
        return run().resolve("mesh.json");
    }

    /// A second mesh beside this one, thrown away afterwards.
    Home training() {
        return new Home(root, folder.resolve("training"));
    }

    /// `path` as a user standing in the current folder would write it.
    public static String shown(Path path) {
        var here = Path.of("").toAbsolutePath();
        return path.startsWith(here) ? here.relativize(path).toString() : path.toString();
    }

    /// Makes the folder and the admin token, both readable by their owner only.
    void prepare() {
        try {
            Files.createDirectories(folder);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
            for (var path : new Path[] {logs(), run(), config(), folder.resolve("state")}) {
                Files.createDirectories(path);
            }
            if (!Files.exists(adminToken())) {
                var secret = new byte[32];
                new SecureRandom().nextBytes(secret);
                var attributes =
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------"));
                var fresh = Files.createTempFile(folder, "admin-token", ".new", attributes);
                Files.writeString(fresh, HexFormat.of().formatHex(secret));
                Files.move(fresh, adminToken());
            }
        } catch (IOException failure) {
            throw new Failure(
                    "cannot write in " + folder + ": " + failure,
                    "choose another folder with --home, or make this one writable",
                    failure);
        }
    }

    /// Holds the mesh for one command that changes it. Ends with the process at the latest.
    ///
    /// @throws Failure when another command holds it
    Lock lock() {
        try {
            Files.createDirectories(run());
            var channel =
                    FileChannel.open(
                            run().resolve("lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                channel.close();
                throw new Failure(
                        "another mesh command is changing " + folder, "wait for it to end");
            }
            return new Lock(channel);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot lock " + run(), failure);
        }
    }

    /// Held until closed.
    record Lock(FileChannel channel) implements AutoCloseable {
        @Override
        public void close() {
            try {
                channel.close();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    static void deleteTree(Path tree) {
        if (!Files.exists(tree)) {
            return;
        }
        try (var paths = Files.walk(tree)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot remove " + tree, failure);
        }
    }
}
