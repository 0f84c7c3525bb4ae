package dev.quartet.galley.source;

import dev.quartet.admin.StartupFailure;
import dev.quartet.identity.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Galley's own folder on disk, marked with what it is and its format.
public final class StateFolder {
    private static final String MARK = "quartet-galley-state 1\n";
    private static final String FIX =
            "set quartet.state-dir to Galley's own state folder, or to a new one";

    private final Path config;

    private StateFolder(Path config) {
        this.config = config;
    }

    /// @throws StartupFailure when the folder can't be used, belongs to another service or to a newer Galley
    public static StateFolder open(Path stateDir) {
        var mark = stateDir.resolve("config").resolve("FORMAT");
        try {
            var config = PrivateFiles.folder(stateDir.resolve("config"));
            PrivateFiles.createIfAbsent(mark, MARK.getBytes(StandardCharsets.UTF_8));
            var found = Files.readString(mark);
            if (!found.equals(MARK)) {
                throw new StartupFailure(
                        "%s says \"%s\", this Galley reads and writes \"%s\""
                                .formatted(mark, found.strip(), MARK.strip()),
                        FIX);
            }
            return new StateFolder(config);
        } catch (IOException e) {
            throw new StartupFailure(
                    "the state folder %s can't be used: %s".formatted(stateDir, e), FIX, e);
        }
    }

    Path applied() {
        return config.resolve("applied.yaml");
    }

    /// Copies of the watched directory's files in their last good form.
    Path lastGood() throws IOException {
        return PrivateFiles.folder(config.resolve("directory"));
    }

    static String readIfThere(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return "";
        }
    }
}
