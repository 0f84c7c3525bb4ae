package dev.quartet.galley.history;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.history.RevisionContent.Kept;
import dev.quartet.galley.source.Origin;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// One revision as a file: a line of JSON that says what it is and has the checksum of the rest, and the rest is all
/// documents, compressed. `head -n 1` and `tail -n +2 | zcat` show both.
///
/// @param body all documents, compressed
record RevisionFile(LoggedRevision revision, byte[] body) {
    /// Number and id.
    static final Pattern NAME = Pattern.compile("(\\d{8,18})-([0-9a-f]{24})\\.revision");

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Pattern DOCUMENT = Pattern.compile("(?m)^(?=--- # )");
    private static final Pattern HEAD = Pattern.compile("--- # ([a-z-]+) (\\S+) (\\S+) (\\S+)\n");
    private static final Map<String, Kind> KINDS =
            Arrays.stream(Kind.values())
                    .collect(Collectors.toUnmodifiableMap(Kind::label, Function.identity()));

    /// What is in a file is not what Galley writes.
    static final class BrokenException extends IOException {
        private static final long serialVersionUID = 1;

        BrokenException(String what) {
            super(what);
        }
    }

    static String name(LoggedRevision revision) {
        return "%08d-%s.revision".formatted(revision.number(), revision.id());
    }

    static RevisionFile of(LoggedRevision revision, RevisionContent content) {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new Gzip(bytes)) {
            for (var entry : content.resources().entrySet()) {
                var kept = entry.getValue();
                var head =
                        "--- # "
                                + kept.origin().label()
                                + " "
                                + entry.getKey()
                                + " "
                                + kept.version()
                                + "\n";
                gzip.write(head.getBytes(StandardCharsets.UTF_8));
                gzip.write(kept.yaml().getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new IllegalStateException("memory refuses no write", e);
        }
        return new RevisionFile(revision, bytes.toByteArray());
    }

    /// Many small writes of what is alike: the fastest level does.
    private static final class Gzip extends GZIPOutputStream {
        Gzip(ByteArrayOutputStream out) throws IOException {
            super(out, 1 << 13);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }

    byte[] bytes() {
        var head = JSON.createObjectNode();
        head.put("number", revision.number());
        head.put("id", revision.id());
        head.put("at", revision.at().toString());
        head.put("change", revision.cause().kind().label());
        head.put("author", revision.cause().author());
        head.put("claimedAuthor", revision.cause().claimedAuthor());
        head.put("message", revision.cause().message());
        put(head, "created", revision.created());
        put(head, "changed", revision.changed());
        put(head, "deleted", revision.deleted());
        head.put("crc32c", checksum(body));
        var bytes = new ByteArrayOutputStream(body.length + 1024);
        bytes.writeBytes(JSON.writeValueAsBytes(head));
        bytes.write('\n');
        bytes.writeBytes(body);
        return bytes.toByteArray();
    }

    private static void put(ObjectNode head, String field, Collection<ResourceKey> keys) {
        var names = head.putArray(field);
        keys.forEach(key -> names.add(key.toString()));
    }

    private static long checksum(byte[] bytes) {
        var checksum = new CRC32C();
        checksum.update(bytes);
        return checksum.getValue();
    }

    /// Reads a file back; its documents stay compressed.
    ///
    /// @throws BrokenException when it is not what Galley has written
    static RevisionFile read(Path path) throws IOException {
        var file = read(Files.readAllBytes(path));
        if (!path.getFileName().toString().startsWith(name(file.revision()))) {
            throw new BrokenException("it is revision " + file.revision().name());
        }
        return file;
    }

    /// The same of what is in a file.
    static RevisionFile read(byte[] bytes) throws BrokenException {
        var end = 0;
        while (end < bytes.length && bytes[end] != '\n') {
            end++;
        }
        var body = Arrays.copyOfRange(bytes, Math.min(end + 1, bytes.length), bytes.length);
        try {
            var head = JSON.readTree(bytes, 0, end);
            var revision = revision(head);
            if (head.path("crc32c").asLong(-1) != checksum(body)) {
                throw new BrokenException("its checksum is another");
            }
            return new RevisionFile(revision, body);
        } catch (JacksonException e) {
            throw new BrokenException("its first line is not JSON: " + e.getOriginalMessage());
        }
    }

    private static LoggedRevision revision(JsonNode head) throws BrokenException {
        try {
            return new LoggedRevision(
                    head.path("number").asLong(),
                    text(head, "id"),
                    Instant.parse(text(head, "at")),
                    new Cause(
                            Cause.Kind.valueOf(text(head, "change").toUpperCase(Locale.ROOT)),
                            text(head, "author"),
                            orNull(head, "claimedAuthor"),
                            orNull(head, "message")),
                    keys(head, "created"),
                    keys(head, "changed"),
                    keys(head, "deleted"));
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new BrokenException("its first line can't be read: " + e.getMessage());
        }
    }

    private static String text(JsonNode head, String field) throws BrokenException {
        var value = orNull(head, field);
        if (value == null) {
            throw new BrokenException("its first line has no " + field);
        }
        return value;
    }

    private static @Nullable String orNull(JsonNode head, String field) {
        var value = head.path(field);
        return value.isString() ? value.stringValue() : null;
    }

    private static List<ResourceKey> keys(JsonNode head, String field) {
        return head.path(field).values().stream()
                .map(name -> name.asString().split(" ", 2))
                .map(parts -> key(parts[0], parts[parts.length - 1]))
                .toList();
    }

    private static ResourceKey key(String kind, String namespacedName) {
        var known = KINDS.get(kind);
        if (known == null) {
            throw new IllegalArgumentException("there is no kind " + kind);
        }
        var slash = namespacedName.indexOf('/');
        return new ResourceKey(
                known,
                slash < 0 ? "" : namespacedName.substring(0, slash),
                namespacedName.substring(slash + 1));
    }

    /// The documents.
    ///
    /// @throws BrokenException when they are not what Galley has written
    RevisionContent content() throws IOException {
        String text;
        try (var gzip = new GZIPInputStream(new ByteArrayInputStream(body))) {
            text = new String(gzip.readAllBytes(), StandardCharsets.UTF_8);
        }
        var resources = new TreeMap<ResourceKey, Kept>();
        try {
            for (var document : DOCUMENT.split(text)) {
                var head = HEAD.matcher(document);
                if (head.lookingAt()) {
                    resources.put(
                            key(head.group(2), head.group(3)),
                            new Kept(
                                    origin(head.group(1)),
                                    head.group(4),
                                    document.substring(head.end())));
                } else if (!document.isEmpty()) {
                    throw new BrokenException("a document does not say what it is");
                }
            }
        } catch (IllegalArgumentException e) {
            throw new BrokenException(String.valueOf(e.getMessage()));
        }
        return new RevisionContent(resources);
    }

    private static Origin origin(String label) {
        return Origin.valueOf(label.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
