package dev.quartet.cli.command;

import dev.quartet.cli.Failure;
import dev.quartet.cli.admin.AdminClient;
import dev.quartet.config.Kind;
import java.time.Duration;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// Finds the one resource that a name means.
final class Lookup {
    private final AdminClient galley;

    Lookup(AdminClient galley) {
        this.galley = galley;
    }

    /// The path of the resource under Galley's REST.
    ///
    /// @param name with or without `namespace/` before it
    /// @param namespace null: the only one that has such a resource
    /// @throws Failure when there is none, or several
    String path(Kind kind, String name, @Nullable String namespace) {
        var slash = name.indexOf('/');
        if (slash > 0) {
            return path(kind, name.substring(slash + 1), name.substring(0, slash));
        }
        if (namespace != null) {
            return "/admin/v1/config/%s/%s/%s"
                    .formatted(
                            kind.label(),
                            namespace.isEmpty() ? "-" : AdminClient.encoded(namespace),
                            AdminClient.encoded(name));
        }
        var namespaces = new ArrayList<String>();
        for (var item :
                galley.get("/admin/v1/config?kind=" + kind.label(), Duration.ofSeconds(30))
                        .path("items")) {
            if (item.path("name").asString().equals(name)) {
                namespaces.add(item.path("namespace").asString());
            }
        }
        return switch (namespaces.size()) {
            case 0 ->
                    throw new Failure(
                            "there is no " + kind.label() + " " + name + " in any namespace",
                            "see ./mesh get " + kind.label());
            case 1 -> path(kind, name, namespaces.getFirst());
            default ->
                    throw new Failure(
                            "there are several "
                                    + kind.label()
                                    + " "
                                    + name
                                    + ": in "
                                    + String.join(", ", namespaces),
                            "say which with -n NAMESPACE");
        };
    }
}
