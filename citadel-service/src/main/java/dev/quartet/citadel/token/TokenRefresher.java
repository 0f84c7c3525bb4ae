package dev.quartet.citadel.token;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a [TrustFolder] fresh, looking every two seconds. One virtual thread until [#close()].
public final class TokenRefresher implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(TokenRefresher.class);
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final TrustFolder folder;
    private final Thread thread;
    private final Map<String, String> known = new HashMap<>();

    public TokenRefresher(TrustFolder folder) {
        this.folder = folder;
        this.thread = Thread.ofVirtual().name("token-refresher").unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    /// Runs until interrupted, in the caller's thread.
    public void run() {
        try {
            while (true) {
                try {
                    folder.refresh().forEach(this::report);
                } catch (IOException | RuntimeException e) {
                    // Whatever it is: who stops here lets every token of the mesh expire.
                    LOGGER.atWarn().addKeyValue("error", e.toString()).log("Tokens not refreshed");
                }
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private void report(TrustFolder.Outcome outcome) {
        var file = outcome.file().toString();
        switch (outcome) {
            case TrustFolder.Outcome.Rewritten(var path, var subject) -> {
                known.remove(file);
                LOGGER.atInfo().addKeyValue("name", subject).log("Token refreshed");
            }
            case TrustFolder.Outcome.StillFresh(var path) -> known.remove(file);
            case TrustFolder.Outcome.Skipped(var path, var reason) -> {
                if (!reason.equals(known.put(file, reason))) {
                    LOGGER.atWarn()
                            .addKeyValue("name", file)
                            .addKeyValue("reason", reason)
                            .log("Token left as it is");
                }
            }
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
