package dev.quartet.galley.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.admin.Upload;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.source.ConfigFile;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;

/// Reads the body of an apply: YAML or JSON documents, or `{"files":[{"name","content"}]}` for several files at once.
final class UploadReader {
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
        return Upload.read(body, type, name, each);
    }

    /// Reads the body of a put: the one document of that resource.
    ///
    /// @param name what to call the body in problems
    static ConfigFile one(byte[] body, ResourceKey key, @Nullable String name) {
        var text = Upload.utf8(body);
        var file = ConfigFile.read(Upload.name(name), text);
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
}
