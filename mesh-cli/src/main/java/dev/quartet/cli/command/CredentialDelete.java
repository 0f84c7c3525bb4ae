package dev.quartet.cli.command;

import dev.quartet.cli.print.Printable;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `mesh credential delete`.
@Command(
        name = "delete",
        description = {
            "Deletes a credential: no gateway gets it any more.",
            "An Envoy that has it keeps it until no Gateway names it, or it is started again; to withdraw a certificate or an authority at once, set another."
        },
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets what it annotates
public final class CredentialDelete implements Callable<Integer> {
    private final Surroundings surroundings;
    @Mixin private final CitadelOptions citadel;

    @Parameters(paramLabel = Credential.NAME, description = "Which one.")
    private String credential;

    public CredentialDelete(Surroundings surroundings) {
        this.surroundings = surroundings;
        this.citadel = new CitadelOptions(surroundings);
    }

    @Override
    public Integer call() {
        citadel.client().delete(Credential.path(credential), Credential.TIMEOUT);
        surroundings
                .terminal()
                .line(
                        Printable.line(
                                credential
                                        + " is deleted; an Envoy that has it keeps it until no Gateway names it, or it is started again"));
        return 0;
    }
}
