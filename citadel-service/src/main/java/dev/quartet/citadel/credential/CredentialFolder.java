package dev.quartet.citadel.credential;

import dev.quartet.citadel.credential.Answer.Reason;
import dev.quartet.identity.PrivateFiles;
import dev.quartet.identity.SpiffeId;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Credentials outside Kubernetes: `<folder>/<namespace>/<name>/` (0700) with the files of a [StoredCredential], written by
/// [#write] or by hand, looked at twice a second.
///
/// What is written from here is replaced as a whole: the files go into a folder of their own, and `<name>` is a link to it that one
/// rename turns. So neither a reader nor a `kill -9` ever sees a certificate with another's key. Such folders are called
/// `.<name>.<uuid>`; those that nothing leads to any more are swept away at the start. Thread-safe.
public final class CredentialFolder implements Credentials, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(CredentialFolder.class);
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final int MAX_CREDENTIALS = 1000;
    private static final Pattern OURS = Pattern.compile("\\..+\\.[0-9a-f-]{36}(\\.link)?");

    private final Path folder;
    private final Shelf shelf;
    private final Thread watcher = Thread.ofVirtual().name("credentials").unstarted(this::watch);
    private final Map<CredentialKey, List<StoredCredential.Look>> looks = new HashMap<>();
    private final Set<String> told = new HashSet<>();

    public CredentialFolder(Path folder, Shelf shelf) {
        this.folder = folder;
        this.shelf = shelf;
    }

    /// Reads all there is, and watches from then on.
    public void start() throws IOException {
        PrivateFiles.folder(folder);
        sweep();
        look();
        watcher.start();
    }

    @Override
    public Answer find(SpiffeId caller, CredentialKey key) {
        var held = shelf.find(key);
        if (held.isEmpty() || !key.namespace().equals(caller.namespace())) {
            return new Answer.None(Reason.CREDENTIAL_NOT_FOUND, "there is no credential " + key);
        }
        var accounts = held.get().serviceAccounts();
        if (accounts == null || !accounts.contains(caller.serviceAccount())) {
            return new Answer.None(
                    Reason.CREDENTIAL_NOT_ALLOWED,
                    "credential %s is not for service account %s"
                            .formatted(key, caller.serviceAccount()));
        }
        var credential = held.get().credential();
        return credential == null
                ? new Answer.None(
                        Reason.CREDENTIAL_UNUSABLE,
                        "what is written as credential %s can't be used".formatted(key))
                : new Answer.Given(credential);
    }

    @Override
    public List<Held> all() {
        return shelf.all();
    }

    @Override
    public void onChange(Runnable listener) {
        shelf.onChange(listener);
    }

    /// Makes or replaces a credential; when this returns it is on disk and in force.
    ///
    /// @param serviceAccounts who may have it; null: as before, or the ingress gateway's account
    /// @throws CredentialRefused when it can't be used; nothing has changed then
    public synchronized Held write(
            CredentialKey key, CredentialParts parts, @Nullable List<String> serviceAccounts)
            throws CredentialRefused, IOException {
        shelf.check(key, parts);
        var before = shelf.find(key).map(Held::serviceAccounts);
        var stored =
                new StoredCredential(
                        parts,
                        serviceAccounts == null && before.isPresent()
                                ? before.get()
                                : StoredCredential.accounts(
                                        serviceAccounts == null ? List.of() : serviceAccounts));
        var place = place(key);
        if (Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
            throw new CredentialRefused(
                    CredentialRefused.Reason.UNREADABLE,
                    "the folder of credential %s was made by hand, and is changed by hand"
                            .formatted(key),
                    "write its files, or delete the credential first");
        }
        if (shelf.find(key).isEmpty() && shelf.all().size() >= MAX_CREDENTIALS) {
            throw new CredentialRefused(
                    CredentialRefused.Reason.TOO_MANY,
                    "there are %d credentials already".formatted(MAX_CREDENTIALS),
                    "delete those that no gateway uses");
        }
        replace(place, stored);
        look();
        return shelf.find(key).orElseThrow();
    }

    private void replace(Path place, StoredCredential stored) throws IOException {
        var namespace = PrivateFiles.folder(parent(place));
        var before = behind(place);
        var fresh = namespace.resolve("." + place.getFileName() + "." + UUID.randomUUID());
        var link = namespace.resolve(fresh.getFileName() + ".link");
        try {
            stored.write(PrivateFiles.folder(fresh));
            Files.createSymbolicLink(link, parent(fresh).relativize(fresh));
            Files.move(
                    link,
                    place,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            Files.deleteIfExists(link);
            delete(fresh);
            throw e;
        }
        PrivateFiles.forceFolder(place); // or a crash could leave a link to what is deleted here
        if (before.isPresent()) {
            try {
                delete(before.get());
            } catch (IOException e) {
                tell(place.toString(), "what it had before stays until the next start: " + e);
            }
        }
    }

    /// The folder that was made here and that the link `place` leads to.
    private static Optional<Path> behind(Path place) throws IOException {
        if (!Files.isSymbolicLink(place)) {
            return Optional.empty();
        }
        var target = Files.readSymbolicLink(place);
        return target.getNameCount() == 1 && !target.isAbsolute() && isOurs(target)
                ? Optional.of(place.resolveSibling(target))
                : Optional.empty();
    }

    /// Takes a credential away, those made by hand too.
    ///
    /// @return whether there was one
    public synchronized boolean delete(CredentialKey key) throws IOException {
        var place = place(key);
        if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        var behind = behind(place);
        delete(place);
        if (behind.isPresent()) {
            delete(behind.get());
        }
        look();
        return true;
    }

    private Path place(CredentialKey key) {
        return folder.resolve(key.namespace()).resolve(key.name());
    }

    private static Path parent(Path path) {
        var parent = path.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(path + " lies in no folder");
        }
        return parent;
    }

    private void watch() {
        try {
            while (true) {
                Thread.sleep(PAUSE);
                try {
                    look();
                } catch (IOException | RuntimeException e) {
                    tell(folder.toString(), String.valueOf(e.getMessage()));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    /// Takes over what has changed on disk.
    synchronized void look() throws IOException {
        var there = new TreeMap<CredentialKey, Path>();
        for (var namespace : foldersIn(folder)) {
            for (var place : foldersIn(namespace)) {
                var name = String.valueOf(place.getFileName());
                try {
                    there.put(
                            new CredentialKey(String.valueOf(namespace.getFileName()), name),
                            place);
                } catch (IllegalArgumentException e) {
                    tell(place.toString(), String.valueOf(e.getMessage()));
                }
            }
        }
        there.forEach(this::look);
        for (var gone : List.copyOf(looks.keySet())) {
            if (!there.containsKey(gone)) {
                looks.remove(gone);
                shelf.remove(gone);
            }
        }
    }

    /// The looks come first: what changes while it is read is read again.
    private void look(CredentialKey key, Path place) {
        try {
            var seen = StoredCredential.looks(place);
            if (seen.equals(looks.put(key, seen)) && !shelf.waitsForItsTime(key)) {
                return;
            }
            var stored = StoredCredential.read(place);
            shelf.put(key, stored.parts(), stored.serviceAccounts());
        } catch (CredentialRefused e) {
            shelf.refuse(key, e);
        } catch (IOException e) {
            tell(place.toString(), String.valueOf(e.getMessage()));
        }
    }

    private void tell(String what, String error) {
        if (told.size() < MAX_CREDENTIALS && told.add(what + error)) {
            LOGGER.atWarn()
                    .addKeyValue("name", what.replaceAll("\\p{Cntrl}", "?"))
                    .addKeyValue("error", error)
                    .log("Credentials not read");
        }
    }

    private static List<Path> foldersIn(Path parent) throws IOException {
        try (var children = Files.list(parent)) {
            return children.filter(child -> !isHidden(child) && Files.isDirectory(child))
                    .sorted()
                    .limit(MAX_CREDENTIALS)
                    .toList();
        } catch (NoSuchFileException _) {
            return List.of();
        }
    }

    private static boolean isHidden(Path child) {
        return String.valueOf(child.getFileName()).startsWith(".");
    }

    private static boolean isOurs(Path child) {
        return OURS.matcher(String.valueOf(child.getFileName())).matches();
    }

    private void sweep() throws IOException {
        for (var namespace : foldersIn(folder)) {
            List<Path> all;
            try (var children = Files.list(namespace)) {
                all = children.toList();
            }
            var used = new ArrayList<Path>();
            for (var child : all) {
                if (!isOurs(child)) {
                    behind(child).ifPresent(used::add);
                }
            }
            for (var child : all) {
                if (isOurs(child) && !used.contains(child)) {
                    delete(child);
                }
            }
        }
    }

    /// Links are deleted, not followed.
    private static void delete(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(
                path,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path emptied, @Nullable IOException failure) throws IOException {
                        if (failure != null) {
                            throw failure;
                        }
                        Files.delete(emptied);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
