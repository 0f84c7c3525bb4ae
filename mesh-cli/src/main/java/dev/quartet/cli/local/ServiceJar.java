package dev.quartet.cli.local;

import dev.quartet.cli.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.ZipFile;

/// A service's jar, unpacked: the JVM starts faster from plain jars on disk, and can keep an AOT cache of them.
///
/// @param folder named for the jar's content; a cache made for it is good for exactly this content
/// @param file the jar to start, in the folder; its libraries lie in `lib/` beside it
record ServiceJar(Path folder, String file) {

    Path unpacked() {
        return folder.resolve(file);
    }

    /// Unpacks the jar into `folder`, unless that was done before. Either way it is marked as just taken into use ([OldBuilds]).
    ///
    /// @throws Failure when the disk refuses
    static ServiceJar of(Path jar, Path folder, Jdk jdk) {
        try {
            var name = jar.getFileName().toString();
            var home =
                    folder.resolve(name.replaceFirst("-exec\\.jar$|\\.jar$", "") + "-" + key(jar));
            if (!Files.isRegularFile(home.resolve(name))) {
                Files.createDirectories(folder);
                var fresh = Files.createTempDirectory(folder, "unpacking");
                if (name.endsWith("-exec.jar")) {
                    var result =
                            Program.run(
                                    List.of(
                                            jdk.java(),
                                            "-XX:TieredStopAtLevel=1",
                                            "-XX:+UseSerialGC",
                                            "-Djarmode=tools",
                                            "-jar",
                                            jar.toString(),
                                            "extract",
                                            "--force",
                                            "--destination",
                                            fresh.toString()),
                                    120);
                    if (result.exitCode() != 0) {
                        Home.deleteTree(fresh);
                        throw new Failure(
                                "cannot unpack " + jar + ":\n" + result.end(5),
                                "build it again with ./mvnw -Dfast -DskipTests package");
                    }
                } else {
                    Files.copy(jar, fresh.resolve(name));
                }
                Home.deleteTree(home);
                Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
            }
            Files.setLastModifiedTime(home, FileTime.from(Instant.now()));
            return new ServiceJar(home, name);
        } catch (IOException failure) {
            throw new Failure(
                    "cannot unpack " + jar + ": " + failure,
                    "check the disk and the permissions of " + folder,
                    failure);
        }
    }

    /// A hash over names and checksums of what the jar holds: the same content gives the same key whenever it was built.
    static String key(Path jar) throws IOException {
        try (var zip = new ZipFile(jar.toFile())) {
            var digest = MessageDigest.getInstance("SHA-256");
            zip.stream()
                    .map(entry ->
                            entry.getName() + " " + entry.getCrc() + " " + entry.getSize() + "\n")
                    .sorted()
                    .forEach(line -> digest.update(line.getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(digest.digest()).substring(0, 12);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
