package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.admin.AdminClient;
import dev.quartet.cli.print.Printable;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `mesh credential`, and what its commands have in common.
@Command(
        name = "credential",
        description = {
            "The certificates and keys of gateways, which credentialName of a Gateway names: Citadel keeps them and gives them to the gateways of their namespace.",
            "On Kubernetes they are Secrets: use kubectl there."
        },
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {CredentialSet.class, CredentialList.class, CredentialDelete.class})
@SuppressWarnings("NullAway.Init") // picocli sets what it annotates
public final class Credential implements Runnable {
    static final Duration TIMEOUT = Duration.ofSeconds(30);
    static final String PATH = "/admin/v1/credentials";
    static final String NAME = "NAMESPACE/NAME";

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /// The path of the one that is called `namespace/name`.
    static String path(String credential) {
        var parts = credential.split("/", -1);
        if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
            throw new Failure(
                    "\"" + credential + "\" names no credential",
                    "write namespace and name, as istio-system/shop",
                    2);
        }
        return PATH + "/" + AdminClient.encoded(parts[0]) + "/" + AdminClient.encoded(parts[1]);
    }

    /// What it shows: its names, else its subject; `-` where it shows nothing.
    static String shown(JsonNode credential) {
        var certificate = credential.path("certificate");
        if (!certificate.isObject()) {
            return "-";
        }
        var names = new ArrayList<String>();
        certificate
                .path("names")
                .forEach(name -> names.add(name.asString("").replaceFirst("^DNS:", "")));
        return names.isEmpty()
                ? certificate.path("subject").asString("")
                : String.join(", ", names);
    }

    /// How long what it shows is valid.
    static String expires(JsonNode credential, Clock clock) {
        try {
            var end = Instant.parse(credential.path("certificate").path("notAfter").asString(""));
            var left = Duration.between(clock.instant(), end);
            return left.isNegative() ? "expired" : Status.duration(left.toSeconds());
        } catch (DateTimeParseException _) {
            return "-";
        }
    }

    /// What its callers are checked by: `1 authority, 1 revocation list`.
    static String callers(JsonNode credential) {
        var authorities = credential.path("authorities").size();
        var lists = credential.path("revocations").asInt(0);
        return authorities == 0
                ? "-"
                : counted(authorities, "authority", "authorities")
                        + (lists == 0
                                ? ""
                                : ", " + counted(lists, "revocation list", "revocation lists"));
    }

    private static String counted(int count, String one, String several) {
        return count + " " + (count == 1 ? one : several);
    }

    /// Which service accounts may have it.
    static String accounts(JsonNode credential) {
        var accounts = new ArrayList<String>();
        credential.path("serviceAccounts").forEach(account -> accounts.add(account.asString("")));
        return accounts.isEmpty() ? "who may read the Secret" : String.join(", ", accounts);
    }

    static String name(JsonNode credential) {
        return Printable.line(
                credential.path("namespace").asString("")
                        + "/"
                        + credential.path("name").asString(""));
    }
}
