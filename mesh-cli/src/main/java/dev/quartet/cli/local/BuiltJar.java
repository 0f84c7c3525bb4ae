package dev.quartet.cli.local;

import dev.quartet.cli.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Where Maven puts a module's jar.
public final class BuiltJar {
    private BuiltJar() {}

    /// @param root of the source tree
    /// @param module its folder there
    /// @param suffix `-exec.jar` for one that holds its libraries, `.jar` for one that needs none
    /// @throws Failure when it was not built
    public static Path of(Path root, String module, String suffix) {
        var target = root.resolve(module).resolve("target");
        var name = Path.of(module).getFileName() + "-[0-9]*" + suffix;
        if (Files.isDirectory(target)) {
            try (var files = Files.newDirectoryStream(target, name)) {
                for (var file : files) {
                    return file;
                }
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
        throw new Failure(
                "there is no " + target.resolve(name),
                "build it with ./mvnw -Dfast -DskipTests package");
    }
}
