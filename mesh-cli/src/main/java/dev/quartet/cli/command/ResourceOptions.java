package dev.quartet.cli.command;

import dev.quartet.cli.admin.AdminClient;
import dev.quartet.config.Kind;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Which resources a command is about: all, those of a kind, or one by its name.
final class ResourceOptions {
    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "KIND",
            description = "VirtualService, vs, …")
    private @Nullable String kind;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "NAME",
            description = "Its name, or namespace/name.")
    private @Nullable String name;

    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAMESPACE",
            description =
                    "Only in this namespace (default: in all; a name must then be in one of them only).")
    private @Nullable String namespace;

    boolean any() {
        return kind != null || name != null;
    }

    /// Whether they are one resource.
    boolean one() {
        return kind != null && name != null;
    }

    /// The path of these resources under Galley's REST.
    ///
    /// @throws dev.quartet.cli.Failure when a name means none, or several
    String path(AdminClient galley) {
        var wanted = kind == null ? null : Kinds.of(kind);
        return wanted != null && name != null
                ? new Lookup(galley).path(wanted, name, namespace)
                : list(wanted);
    }

    private String list(@Nullable Kind wanted) {
        return "/admin/v1/config?"
                + (wanted == null ? "" : "kind=" + wanted.label() + "&")
                + (namespace == null ? "" : "namespace=" + AdminClient.encoded(namespace));
    }
}
