package dev.quartet.testkit;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.opentest4j.TestAbortedException;

/// Programs of the machine that tests start.
public final class OnPath {
    private OnPath() {}

    /// @param debianPackage the one that has it
    /// @throws TestAbortedException (a skip, with what to do) when it is not on `PATH`
    public static Path required(String program, String debianPackage) {
        for (var folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            var file = Path.of(folder, program);
            if (!folder.isEmpty() && Files.isExecutable(file)) {
                return file;
            }
        }
        throw new TestAbortedException(
                "there is no " + program + " on PATH: apt-get install " + debianPackage);
    }
}
