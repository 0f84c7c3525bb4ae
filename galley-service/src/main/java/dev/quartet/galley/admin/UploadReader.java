package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.source.ConfigFile;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads the body of an apply: YAML or JSON documents, or `{"files":[{"name","content"}]}` for several files at once.
final class UploadReader {
    private static final int MAX_FILES = 10_000;
    private static final int MAX_NAME_CHARS = 1024;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private UploadReader() {}

    /// @param name what to call the body in problems
    static List<ConfigFile> read(byte[] body, MediaType type, @Nullable String name) {
        return read(body, type, name, ConfigFile::read);
    }

    /// @param each reads one file: its name and its content
    static <T> List<T> read(
            byte[] body,
            MediaType type,
            @Nullable String name,
            BiFunction<String, String, T> each) {
        var text = utf8(body);
        if (text.isBlank()) {
            throw ProblemException.badRequest("the body is empty; send YAML documents");
        }
        if (type.isCompatibleWith(MediaType.APPLICATION_JSON)) {
            var files = fileSet(text, each);
            if (files != null) {
                return files;
            }
        }
        return List.of(each.apply(name(name), text));
    }

    /// Reads the body of a put: the one document of that resource.
    ///
    /// @param name what to call the body in problems
    static ConfigFile one(byte[] body, ResourceKey key, @Nullable String name) {
        var text = utf8(body);
        var file = ConfigFile.read(name(name), text);
        if (text.isBlank() || file.resources().isEmpty() && file.problems().isEmpty()) {
            throw ProblemException.badRequest(
                    "the body has no document in it; send that of " + key);
        }
        if (file.resources().size() > 1) {
            throw ProblemException.badRequest(
                    "the body has %d documents and the path names one resource, %s; send that one, or all by POST /admin/v1/config/apply"
                            .formatted(file.resources().size(), key));
        }
        for (var named : file.named()) {
            if (!named.equals(key)) {
                throw ProblemException.badRequest(
                        "the body is %s and the path names %s; correct one of the two"
                                .formatted(named, key));
            }
        }
        return file;
    }

    private static String name(@Nullable String given) {
        return given == null || given.isBlank() ? "request" : checkedName(given);
    }

    private static <T> @Nullable List<T> fileSet(String text, BiFunction<String, String, T> each) {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JacksonException e) {
            throw ProblemException.badRequest("the body is not JSON: " + e.getOriginalMessage());
        }
        if (!root.has("files") || root.has("kind")) {
            return null;
        }
        var entries = root.get("files");
        if (!entries.isArray() || entries.isEmpty() || entries.size() > MAX_FILES) {
            throw ProblemException.badRequest(
                    "\"files\" is a list of 1 to " + MAX_FILES + " objects {\"name\",\"content\"}");
        }
        var names = new HashSet<String>();
        var files = new ArrayList<T>();
        for (var entry : entries) {
            var name = entry.path("name");
            var content = entry.path("content");
            if (!name.isString() || !content.isString()) {
                throw ProblemException.badRequest(
                        "each of \"files\" has a \"name\" and a \"content\", both texts");
            }
            if (!names.add(name.stringValue())) {
                throw ProblemException.badRequest(
                        "two of \"files\" are called \"" + name.stringValue() + "\"");
            }
            files.add(each.apply(checkedName(name.stringValue()), content.stringValue()));
        }
        return files;
    }

    private static String checkedName(String name) {
        if (name.length() > MAX_NAME_CHARS || name.chars().anyMatch(Character::isISOControl)) {
            throw ProblemException.badRequest(
                    "a file's name has at most "
                            + MAX_NAME_CHARS
                            + " characters and no control signs");
        }
        return name;
    }

    private static String utf8(byte[] body) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            throw ProblemException.badRequest("the body is not UTF-8");
        }
    }
}
