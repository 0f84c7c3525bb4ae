package dev.quartet.admin;

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

/// Config in a request's body: YAML or JSON documents, or `{"files":[{"name","content"}]}` for several files at once.
public final class Upload {
    private static final int MAX_FILES = 10_000;
    private static final int MAX_NAME_CHARS = 1024;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Upload() {}

    /// @param name what to call the body in problems; `request` where nobody says it
    /// @param each reads one file: its name and its content
    /// @throws ProblemException 400 for what is neither
    public static <T> List<T> read(
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

    /// What to call a body in problems.
    ///
    /// @throws ProblemException 400 for a name that nobody could read
    public static String name(@Nullable String given) {
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

    /// @throws ProblemException 400 when it is no UTF-8
    public static String utf8(byte[] body) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            throw ProblemException.badRequest("the body is not UTF-8");
        }
    }
}
