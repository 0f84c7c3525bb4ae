package dev.quartet.citadel.admin;

import dev.quartet.admin.ProblemException;
import dev.quartet.citadel.credential.CredentialFolder;
import dev.quartet.citadel.credential.CredentialKey;
import dev.quartet.citadel.credential.CredentialParts;
import dev.quartet.citadel.credential.CredentialRefused;
import dev.quartet.citadel.credential.Credentials;
import io.swagger.v3.oas.annotations.Operation;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// The credentials of gateways: what they are, never their keys. Where Citadel runs on Kubernetes they are its Secrets, and are
/// only shown here: those that gateways have asked for.
@RestController
@RequestMapping(path = "/admin/v1/credentials", produces = MediaType.APPLICATION_JSON_VALUE)
class CredentialsController {

    private static final Logger LOGGER = LoggerFactory.getLogger(CredentialsController.class);
    private static final String ONE = "/{namespace}/{name}";

    private final Credentials credentials;
    private final @Nullable CredentialFolder folder;

    CredentialsController(Credentials credentials, ObjectProvider<CredentialFolder> folder) {
        this.credentials = credentials;
        this.folder = folder.getIfAvailable();
    }

    /// PEM texts; each may be left out.
    ///
    /// @param ca the authorities that callers' certificates are checked by
    /// @param serviceAccounts of the credential's namespace, who may have it; left out: as before, or the ingress gateway's
    record Upload(
            @Nullable String certificate,
            @Nullable String key,
            @Nullable String ca,
            @Nullable String crl,
            @Nullable List<String> serviceAccounts) {
        @Override
        public String toString() {
            return "Upload[redacted]";
        }
    }

    record All(List<CredentialView> credentials) {}

    @GetMapping
    @Operation(summary = "The credentials of gateways, without their keys")
    All all() {
        return new All(credentials.all().stream().map(CredentialView::of).toList());
    }

    @GetMapping(ONE)
    @Operation(summary = "One credential, without its key")
    CredentialView one(@PathVariable String namespace, @PathVariable String name) {
        var key = key(namespace, name);
        return credentials.all().stream()
                .filter(held -> held.key().equals(key))
                .findFirst()
                .map(CredentialView::of)
                .orElseThrow(() -> ProblemException.notFound("there is no credential " + key));
    }

    @PutMapping(path = ONE, consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            summary =
                    "Make or replace a credential: certificate and key, ca, crl (PEM); serviceAccounts names who may have it")
    CredentialView put(
            @PathVariable String namespace, @PathVariable String name, @RequestBody Upload upload) {
        var key = key(namespace, name);
        try {
            return CredentialView.of(
                    folder(key)
                            .write(
                                    key,
                                    new CredentialParts(
                                            upload.certificate(),
                                            upload.key(),
                                            upload.ca(),
                                            upload.crl()),
                                    upload.serviceAccounts()));
        } catch (CredentialRefused e) {
            throw ProblemException.badRequest(e.fault())
                    .with("reason", e.reason().name())
                    .with("fix", e.fix());
        } catch (IOException e) {
            throw notWritten(key, e);
        }
    }

    @DeleteMapping(ONE)
    @Operation(summary = "Delete a credential")
    ResponseEntity<Void> delete(@PathVariable String namespace, @PathVariable String name) {
        var key = key(namespace, name);
        try {
            if (!folder(key).delete(key)) {
                throw ProblemException.notFound("there is no credential " + key);
            }
        } catch (IOException e) {
            throw notWritten(key, e);
        }
        return ResponseEntity.noContent().build();
    }

    private CredentialFolder folder(CredentialKey key) {
        if (folder == null) {
            throw ProblemException.conflict("credentials are Secrets here")
                    .with(
                            "fix",
                            "use kubectl: create secret tls %s -n %s --cert=FILE --key=FILE"
                                    .formatted(key.name(), key.namespace()));
        }
        return folder;
    }

    private static CredentialKey key(String namespace, String name) {
        try {
            return new CredentialKey(namespace, name);
        } catch (IllegalArgumentException e) {
            throw ProblemException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static ProblemException notWritten(CredentialKey key, IOException e) {
        LOGGER.atError()
                .addKeyValue("namespace", key.namespace())
                .addKeyValue("name", key.name())
                .addKeyValue("error", e.toString())
                .log("Credential not written");
        return ProblemException.of(
                HttpStatus.INSUFFICIENT_STORAGE,
                "Citadel's state folder takes nothing now, and nothing has changed; its log says why");
    }
}
