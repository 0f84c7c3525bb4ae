package dev.quartet.bootstrap;

import dev.quartet.bootstrap.BootstrapSpec.TrustFiles;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/// The two file-based SDS sources: the bearer token for Citadel, and the root its certificate is checked with.
final class SecretFiles {
    static final String TOKEN = "token";
    static final String ROOT = "citadel-root";

    private SecretFiles() {}

    static String token(TrustFiles files) {
        return response(TOKEN, "generic_secret", "secret", files.token());
    }

    static String root(TrustFiles files) {
        return response(ROOT, "validation_context", "trusted_ca", files.rootCertificate());
    }

    static ObjectNode folderOf(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IllegalArgumentException("%s is not in a folder".formatted(file));
        }
        return Json.object().put("path", folder.toString());
    }

    private static String response(String name, String kind, String field, Path file) {
        var resource = Json.typed("extensions.transport_sockets.tls.v3.Secret").put("name", name);
        var secret = resource.putObject(kind);
        secret.putObject(field).put("filename", file.toString());
        secret.set("watched_directory", folderOf(file));
        var response = Json.object();
        response.putArray("resources").add(resource);
        return Json.compact(response);
    }
}
