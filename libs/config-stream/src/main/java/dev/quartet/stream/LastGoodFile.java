package dev.quartet.stream;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.quartet.config.Kind;
import dev.quartet.identity.PrivateFiles;
import dev.quartet.wire.mcp.Resources;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The last good revision on disk: a line `quartet-config <format> <sha256 of the rest> <confirmed, epoch millis>`,
/// then one delimited MCP `Resources` message per collection.
///
/// Written beside and moved into place, so that a reader, or a restart after kill -9, sees the old file or the new one.
/// It is a copy of what Galley has: a file that can't be used is logged and passed over, never an error.
final class LastGoodFile {
    private static final Logger LOGGER = LoggerFactory.getLogger(LastGoodFile.class);
    private static final String MAGIC = "quartet-config";
    private static final int FORMAT = 1;
    private static final String NAME = "last-good-config";

    /// What is written.
    ///
    /// @param confirmed when Galley was last known to publish this revision
    /// @param collections of each the bytes of a `Resources` message without the revision
    record Content(String revision, Instant confirmed, List<ByteString> collections) {}

    /// What is read.
    ///
    /// @param confirmed when Galley was last known to publish this revision
    record Stored(String revision, Instant confirmed, List<Resources> collections) {}

    private final Path dir;

    LastGoodFile(Path stateDir) {
        this.dir = stateDir.resolve("config-stream");
    }

    Path path() {
        return dir.resolve(NAME);
    }

    Optional<Stored> load(Set<Kind> kinds) {
        if (!Files.exists(path())) {
            return Optional.empty();
        }
        try {
            return Optional.of(parse(Files.readAllBytes(path()), kinds));
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("name", path())
                    .addKeyValue("error", e.getMessage())
                    .log("Last good config on disk is not used");
            return Optional.empty();
        }
    }

    private static Stored parse(byte[] bytes, Set<Kind> kinds) throws IOException {
        var input = new ByteArrayInputStream(bytes);
        var header = new ByteArrayOutputStream();
        for (var next = input.read(); next != '\n'; next = input.read()) {
            if (next < 0 || header.size() > 200) {
                throw new IOException("it has no header line");
            }
            header.write(next);
        }
        var words = header.toString(StandardCharsets.US_ASCII).split(" ");
        if (words.length < 2 || !words[0].equals(MAGIC)) {
            throw new IOException("it is not a file of Quartet's config stream");
        }
        if (!words[1].equals(String.valueOf(FORMAT)) || words.length != 4) {
            throw new IOException("its format is " + words[1] + ", this version reads " + FORMAT);
        }
        var rest = input.readAllBytes();
        if (!sha256(UnsafeByteOperations.unsafeWrap(rest)).equals(words[2])) {
            throw new IOException("its checksum does not fit its content");
        }
        var collections = new ArrayList<Resources>();
        var messages = new ByteArrayInputStream(rest);
        for (var next = Resources.parseDelimitedFrom(messages);
                next != null;
                next = Resources.parseDelimitedFrom(messages)) {
            collections.add(next);
        }
        for (var kind : kinds) {
            if (collections.stream()
                    .noneMatch(it -> it.getCollection().equals(kind.collection()))) {
                throw new IOException("it lacks the collection " + kind.collection());
            }
        }
        collections.removeIf(
                it -> Kind.ofCollection(it.getCollection()).filter(kinds::contains).isEmpty());
        var revision = collections.getFirst().getSystemVersionInfo();
        return new Stored(revision, confirmed(words[3]), collections);
    }

    private static Instant confirmed(String epochMillis) throws IOException {
        try {
            return Instant.ofEpochMilli(Long.parseLong(epochMillis));
        } catch (NumberFormatException e) {
            throw new IOException("its header has no time", e);
        }
    }

    void save(Content content) throws IOException {
        var body = body(content);
        var header =
                "%s %d %s %d\n"
                        .formatted(MAGIC, FORMAT, sha256(body), content.confirmed().toEpochMilli());
        PrivateFiles.write(
                PrivateFiles.folder(dir).resolve(NAME),
                ByteString.copyFrom(header, StandardCharsets.US_ASCII).concat(body).toByteArray());
    }

    /// A stamp and a collection, one after the other, are one message.
    private static ByteString body(Content content) {
        var stamp =
                Resources.newBuilder()
                        .setSystemVersionInfo(content.revision())
                        .build()
                        .toByteString();
        var body = ByteString.EMPTY;
        for (var collection : content.collections()) {
            var message = stamp.concat(collection);
            body = body.concat(length(message)).concat(message);
        }
        return body;
    }

    /// As it stands before a delimited message.
    private static ByteString length(ByteString message) {
        var bytes = ByteString.newOutput(5);
        try {
            var output = CodedOutputStream.newInstance(bytes);
            output.writeUInt32NoTag(message.size());
            output.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("a number cannot be written to memory", e);
        }
        return bytes.toByteString();
    }

    private static String sha256(ByteString bytes) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            bytes.asReadOnlyByteBufferList().forEach(digest::update);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
