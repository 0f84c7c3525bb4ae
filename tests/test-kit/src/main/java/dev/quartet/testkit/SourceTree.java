package dev.quartet.testkit;

import java.nio.file.Files;
import java.nio.file.Path;

/// Where this source tree stands: the folder above the module that holds the `mesh` launcher.
public final class SourceTree {
    private SourceTree() {}

    /// @throws IllegalStateException when the tests run outside of it
    public static Path root() {
        for (var folder = Path.of("").toAbsolutePath();
                folder != null;
                folder = folder.getParent()) {
            if (Files.isRegularFile(folder.resolve("mesh"))
                    || Files.isRegularFile(folder.resolve("mvnw"))) {
                return folder;
            }
        }
        throw new IllegalStateException("the tests do not run inside the source tree");
    }
}
