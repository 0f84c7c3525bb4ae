package dev.quartet.citadel.credential;

import dev.quartet.citadel.credential.CredentialRefused.Reason;
import dev.quartet.identity.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A credential's folder: `tls.crt`, `tls.key`, `ca.crt`, `ca.crl` and `service-accounts`, each for its owner only (0600).
///
/// @param serviceAccounts one or more names
record StoredCredential(CredentialParts parts, List<String> serviceAccounts) {

    /// Whose a credential is for which nobody is named: the account of the ingress gateway, as Istio 1.4 calls it.
    static final List<String> DEFAULT_ACCOUNTS = List.of("istio-ingressgateway-service-account");

    private static final String CERTIFICATE = "tls.crt";
    private static final String KEY = "tls.key";
    private static final String AUTHORITIES = "ca.crt";
    private static final String REVOCATIONS = "ca.crl";
    private static final String ACCOUNTS = "service-accounts";
    private static final List<String> FILES =
            List.of(CERTIFICATE, KEY, AUTHORITIES, REVOCATIONS, ACCOUNTS);
    private static final String LOOK = "unix:size,ino,ctime"; // ctime: its mode too
    private static final int MAX_FILE_BYTES = 256 * 1024;
    private static final int MAX_ACCOUNTS = 100;

    StoredCredential {
        serviceAccounts = List.copyOf(serviceAccounts);
    }

    /// How a file looks from outside; equal looks mean equal content.
    record Look(String file, Map<String, Object> attributes) {}

    static List<Look> looks(Path folder) throws IOException {
        var looks = new ArrayList<Look>();
        for (var name : FILES) {
            try {
                looks.add(new Look(name, Files.readAttributes(folder.resolve(name), LOOK)));
            } catch (NoSuchFileException _) {
                // each of them may be missing
            }
        }
        return looks;
    }

    static StoredCredential read(Path folder) throws CredentialRefused {
        try {
            return new StoredCredential(
                    new CredentialParts(
                            text(folder.resolve(CERTIFICATE)),
                            text(folder.resolve(KEY)),
                            text(folder.resolve(AUTHORITIES)),
                            text(folder.resolve(REVOCATIONS))),
                    accounts(
                            Optional.ofNullable(text(folder.resolve(ACCOUNTS)))
                                    .map(text -> text.lines().toList())
                                    .orElse(List.of())));
        } catch (IOException e) {
            throw new CredentialRefused(
                    Reason.UNREADABLE,
                    "its files can't be read: " + e.getMessage(),
                    "see to it that they are small files that only Citadel's user may read (chmod 600)");
        }
    }

    private static @Nullable String text(Path file) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + " is no file");
        }
        return new String(PrivateFiles.read(file, MAX_FILE_BYTES), StandardCharsets.UTF_8);
    }

    /// @param names blank ones count for nothing; none at all: the default
    static List<String> accounts(List<String> names) throws CredentialRefused {
        var accounts = new LinkedHashSet<String>();
        for (var name : names) {
            var account = name.strip();
            if (!account.isEmpty()) {
                check(account);
                accounts.add(account);
            }
        }
        if (accounts.size() > MAX_ACCOUNTS) {
            throw new CredentialRefused(
                    Reason.BAD_SERVICE_ACCOUNT,
                    "there are %d service accounts".formatted(accounts.size()),
                    "name the gateways' accounts only, at most " + MAX_ACCOUNTS);
        }
        return accounts.isEmpty() ? DEFAULT_ACCOUNTS : List.copyOf(accounts);
    }

    private static void check(String account) throws CredentialRefused {
        if (!account.matches("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?") || account.contains("..")) {
            throw new CredentialRefused(
                    Reason.BAD_SERVICE_ACCOUNT,
                    "%s is no service account".formatted(Shown.of(account)),
                    "write the account's name alone: it is of the credential's namespace");
        }
    }

    /// @param folder new, and nobody else's
    void write(Path folder) throws IOException {
        write(folder.resolve(CERTIFICATE), parts.certificate());
        write(folder.resolve(KEY), parts.key());
        write(folder.resolve(AUTHORITIES), parts.authorities());
        write(folder.resolve(REVOCATIONS), parts.revocations());
        write(folder.resolve(ACCOUNTS), String.join("\n", serviceAccounts) + "\n");
    }

    private static void write(Path file, @Nullable String text) throws IOException {
        if (text != null && !text.isBlank()) {
            PrivateFiles.write(file, text);
        }
    }
}
