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
    private static final String REVISIONS_MARK = "quartet-galley-revisions 1\n";
    private static final String REVISIONS_FIX =
            "start the Galley that wrote it, or move that folder away: what is in force stays, and a new log begins";

    private final Path config;

    private StateFolder(Path config) {
        this.config = config;
    }

    /// @throws StartupFailure when the folder can't be used, belongs to another service or to a newer Galley
    public static StateFolder open(Path stateDir) {
        return new StateFolder(marked(stateDir.resolve("config"), MARK, FIX));
    }

    /// Makes the folder when it is missing.
    ///
    /// @param fix what to do when it can't be used or bears another mark
    private static Path marked(Path folder, String wanted, String fix) {
        var mark = folder.resolve("FORMAT");
        try {
            PrivateFiles.folder(folder);
            PrivateFiles.createIfAbsent(mark, wanted.getBytes(StandardCharsets.UTF_8));
            var found = Files.readString(mark);
            if (!found.equals(wanted)) {
                throw new StartupFailure(
                        "%s says \"%s\", this Galley reads and writes \"%s\""
                                .formatted(mark, found.strip(), wanted.strip()),
                        fix);
            }
            return folder;
        } catch (IOException e) {
            throw new StartupFailure(
                    "the state folder %s can't be used: %s".formatted(folder, e), fix, e);
        }
    }

    /// The log of what was in force. It has a format of its own: an older Galley leaves it alone, and goes on without.
    ///
    /// @throws StartupFailure when the folder can't be used, or is a newer Galley's
    public Path revisions() {
        return marked(config.resolve("revisions"), REVISIONS_MARK, REVISIONS_FIX);
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
