package dev.quartet.cli.admin;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where a service's REST is, and what opens it.
///
/// @param url without a path
/// @param caFile the roots that an HTTPS service's certificate must come from; null: those that this machine trusts
/// @param local whether it is a service of the local mesh; else the user has named it
public record Address(String url, Path tokenFile, @Nullable Path caFile, boolean local) {
    public Address {
        url = url.replaceFirst("/+$", "");
    }

    /// Host and port.
    public String authority() {
        return url.replaceFirst("^[a-z]+://", "");
    }
}
