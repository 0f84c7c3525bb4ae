package dev.quartet.e2e;

import dev.quartet.testkit.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// A source tree of its own for one test: the launcher, and links to what it starts. Its `.mesh` is empty: nothing is fetched, nothing unpacked.
final class LauncherCopy {
    private LauncherCopy() {}

    /// @return the tree's root, made in `folder`
    static Path in(Path folder) throws IOException {
        var source = SourceTree.root();
        var root = Files.createDirectories(folder.resolve("tree"));
        Files.copy(source.resolve("mesh"), root.resolve("mesh"));
        Files.setPosixFilePermissions(
                root.resolve("mesh"), PosixFilePermissions.fromString("rwxr-xr-x"));
        for (var name :
                List.of(
                        "mesh-cli",
                        "samples",
                        "pilot-service",
                        "galley-service",
                        "citadel-service",
                        "mixer-service",
                        "sidecar-injector",
                        "pom.xml")) {
            Files.createSymbolicLink(root.resolve(name), source.resolve(name));
        }
        return root;
    }
}
