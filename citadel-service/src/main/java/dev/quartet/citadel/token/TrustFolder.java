package dev.quartet.citadel.token;

import dev.quartet.identity.JoinToken;
import dev.quartet.identity.PrivateFiles;
import dev.quartet.identity.SpiffeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// A folder with one sub-folder `<namespace>/<service account>/` (0700) per identity, each with `token` (0600, no
/// trailing newline) and `root-cert.pem`. Every file is replaced at once, so whoever watches it never reads half of it.
public final class TrustFolder {

    private static final String TOKEN = "token";
    private static final String ROOT = "root-cert.pem";

    private final Path folder;
    private final TokenAuthority authority;
    private final Clock clock;

    public TrustFolder(Path folder, TokenAuthority authority, Clock clock) {
        this.folder = folder;
        this.authority = authority;
        this.clock = clock;
    }

    /// What happened to one token.
    public sealed interface Outcome {
        Path file();

        record Rewritten(Path file, SpiffeId subject) implements Outcome {}

        record StillFresh(Path file) implements Outcome {}

        /// Left as it is, because it is not a token of ours for this folder.
        record Skipped(Path file, String reason) implements Outcome {}
    }

    /// Writes token and root for `id`.
    ///
    /// @param owner numeric user who shall own folder and files; only root can give them away
    public void write(SpiffeId id, Duration tokenLife, String rootPem, OptionalInt owner)
            throws IOException {
        Files.createDirectories(folder.resolve(id.namespace()));
        var own = PrivateFiles.folder(folder.resolve(id.namespace()).resolve(id.serviceAccount()));
        if (owner.isPresent()) {
            Files.setAttribute(own, "unix:gid", owner.getAsInt());
            Files.setAttribute(own, "unix:uid", owner.getAsInt());
        }
        authority.mint(id, tokenLife).write(own.resolve(TOKEN));
        PrivateFiles.writePublic(own.resolve(ROOT), rootPem);
    }

    /// Replaces each token that has passed half of its life by one of the same life, expired ones too: who can read
    /// the folder had it all along. A token under another identity's folder, or of another key, is skipped.
    public List<Outcome> refresh() throws IOException {
        var outcomes = new ArrayList<Outcome>();
        for (var namespace : foldersIn(folder)) {
            for (var account : foldersIn(namespace)) {
                var file = account.resolve(TOKEN);
                if (Files.exists(file)) {
                    outcomes.add(
                            refresh(file, namespace.getFileName() + "/" + account.getFileName()));
                }
            }
        }
        return outcomes;
    }

    private Outcome refresh(Path file, String account) {
        try {
            return switch (authority.judge(JoinToken.read(file).value())) {
                case TokenVerdict.Refused(var reason, var detail) ->
                        new Outcome.Skipped(file, detail);
                case TokenVerdict.Accepted token when !token.subject().account().equals(account) ->
                        new Outcome.Skipped(file, "the token is for " + token.subject());
                case TokenVerdict.Accepted token when clock.instant().isBefore(token.halfLife()) ->
                        new Outcome.StillFresh(file);
                case TokenVerdict.Accepted token -> {
                    authority.mint(token.subject(), token.life()).write(file);
                    yield new Outcome.Rewritten(file, token.subject());
                }
            };
        } catch (IOException e) {
            return new Outcome.Skipped(file, String.valueOf(e.getMessage()));
        }
    }

    private static List<Path> foldersIn(Path parent) throws IOException {
        try (var children = Files.list(parent)) {
            return children.filter(Files::isDirectory).sorted().toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }
}
