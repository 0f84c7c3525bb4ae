package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.print.Printable;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `mesh credential set`.
@Command(
        name = "set",
        description = {
            "Makes or replaces a credential from PEM files. Gateways that have it get the new one at once.",
            "What can't be used is refused, and the one that is there stays."
        },
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what it annotates
public final class CredentialSet implements Callable<Integer> {
    private final Surroundings surroundings;
    private final Clock clock = Clock.systemUTC();
    @Mixin private final CitadelOptions citadel;

    @Parameters(
            paramLabel = Credential.NAME,
            description = "The gateway's namespace, and what credentialName says.")
    private String credential;

    @Option(
            names = {"--certificate", "--cert"},
            paramLabel = "FILE",
            description = "The chain that is shown, leaf first.")
    private @Nullable String certificate;

    @Option(names = "--key", paramLabel = "FILE", description = "The leaf's private key.")
    private @Nullable String key;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description =
                    "The authorities that callers' certificates are checked by (mode MUTUAL).")
    private @Nullable String ca;

    @Option(
            names = "--crl",
            paramLabel = "FILE",
            description = "Lists of what these authorities have revoked.")
    private @Nullable String crl;

    @Option(
            names = "--service-account",
            paramLabel = "NAME",
            description =
                    "Who may have it, a service account of the namespace; again for several (default: as before, else istio-ingressgateway-service-account).")
    private List<String> serviceAccounts = List.of();

    public CredentialSet(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.citadel = new CitadelOptions(surroundings);
    }

    @Override
    public Integer call() {
        var path = Credential.path(credential);
        var body = body();
        var made = citadel.client().put(path, body, Credential.TIMEOUT);
        surroundings
                .terminal()
                .line(
                        Printable.line(
                                "%s is in force: %s; %s; for %s"
                                        .formatted(
                                                Credential.name(made),
                                                shown(made),
                                                callers(made),
                                                Credential.accounts(made))));
        return 0;
    }

    private String shown(JsonNode made) {
        return made.path("certificate").isObject()
                ? "shows %s, expires in %s"
                        .formatted(Credential.shown(made), Credential.expires(made, clock))
                : "shows no certificate";
    }

    private static String callers(JsonNode made) {
        return made.path("authorities").isEmpty()
                ? "callers are not checked by it"
                : "callers are checked by " + Credential.callers(made);
    }

    private Map<String, Object> body() {
        var body = new LinkedHashMap<String, Object>();
        put(body, "certificate", certificate);
        put(body, "key", key);
        put(body, "ca", ca);
        put(body, "crl", crl);
        if (body.isEmpty()) {
            throw new Failure(
                    "there is nothing to set",
                    "name --certificate and --key, or --ca, or all of them",
                    2);
        }
        if (!serviceAccounts.isEmpty()) {
            body.put("serviceAccounts", serviceAccounts);
        }
        return body;
    }

    private static void put(Map<String, Object> body, String part, @Nullable String file) {
        if (file != null) {
            body.put(part, Documents.read(List.of(file), System.in).getFirst().content());
        }
    }
}
