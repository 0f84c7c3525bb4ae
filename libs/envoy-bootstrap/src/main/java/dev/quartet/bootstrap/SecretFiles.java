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
        var secret = Json.object();
        secret.putObject("generic_secret")
                .set("secret", Json.object().put("filename", files.token().toString()));
        ((ObjectNode) secret.get("generic_secret"))
                .set("watched_directory", folderOf(files.token()));
        return response(TOKEN, secret);
    }

    static String root(TrustFiles files) {
        var secret = Json.object();
        secret.putObject("validation_context")
                .set(
                        "trusted_ca",
                        Json.object().put("filename", files.rootCertificate().toString()));
        ((ObjectNode) secret.get("validation_context"))
                .set("watched_directory", folderOf(files.rootCertificate()));
        return response(ROOT, secret);
    }

    static ObjectNode folderOf(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IllegalArgumentException("%s is not in a folder".formatted(file));
        }
        return Json.object().put("path", folder.toString());
    }

    private static String response(String name, ObjectNode secret) {
        var resource = Json.typed("extensions.transport_sockets.tls.v3.Secret").put("name", name);
        resource.setAll(secret);
        var response = Json.object();
        response.putArray("resources").add(resource);
        return Json.compact(response);
    }
}
