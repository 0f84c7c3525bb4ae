package dev.quartet.galley.source;

import dev.quartet.identity.PrivateFiles;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The last good version of each watched file, in the state folder: what is in force of a file that is broken when Galley starts.
/// A disk that refuses is told in the log, and does no other harm. Not thread-safe.
final class LastGoodCopies {
    private static final Logger LOGGER = LoggerFactory.getLogger(LastGoodCopies.class);

    private final StateFolder state;

    LastGoodCopies(StateFolder state) {
        this.state = state;
    }

    private Path copyOf(String name) throws IOException {
        return state.lastGood().resolve(URLEncoder.encode(name, StandardCharsets.UTF_8));
    }

    void remember(String name, String text) {
        try {
            var copy = copyOf(name);
            if (!StateFolder.readIfThere(copy).equals(text)) {
                PrivateFiles.write(copy, text);
            }
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", name)
                    .addKeyValue("error", e.toString())
                    .log("Last good version of a config file can't be kept over a restart");
        }
    }

    /// Empty when there is none.
    String recall(String name) {
        try {
            return StateFolder.readIfThere(copyOf(name));
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", name)
                    .addKeyValue("error", e.toString())
                    .log("Last good version of a config file can't be read");
            return "";
        }
    }

    void forget(String name) {
        try {
            Files.deleteIfExists(copyOf(name));
        } catch (IOException e) {
            LOGGER.atDebug()
                    .addKeyValue("name", name)
                    .addKeyValue("error", e.toString())
                    .log("Copy is left over");
        }
    }

    /// Those of files that went while Galley was down.
    void forgetAllBut(Set<String> names) {
        try (var copies = Files.list(state.lastGood())) {
            var kept = new HashSet<Path>();
            for (var name : names) {
                kept.add(copyOf(name));
            }
            for (var copy : copies.toList()) {
                if (!kept.contains(copy)) {
                    Files.deleteIfExists(copy);
                }
            }
        } catch (IOException e) {
            LOGGER.atDebug().addKeyValue("error", e.toString()).log("Copies are left over");
        }
    }
}
