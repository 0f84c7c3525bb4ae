package dev.quartet.imports.rbac;

import java.util.Set;

/// For which services RBAC is on.
///
/// @param namespaces included or excluded
/// @param services included or excluded, by their hosts
record Coverage(Mode mode, Set<String> namespaces, Set<String> services) {
    enum Mode {
        OFF,
        ON,
        ON_WITH_INCLUSION,
        ON_WITH_EXCLUSION
    }

    Coverage {
        namespaces = Set.copyOf(namespaces);
        services = Set.copyOf(services);
    }

    boolean covers(Service service) {
        var named = namespaces.contains(service.namespace()) || services.contains(service.host());
        return switch (mode) {
            case OFF -> false;
            case ON -> true;
            case ON_WITH_INCLUSION -> named;
            case ON_WITH_EXCLUSION -> !named;
        };
    }

    /// Whether a policy for the whole namespace asks nothing of a service for which RBAC is off. Excluded services are opened by
    /// policies of their own.
    boolean coversWhole(String namespace) {
        return switch (mode) {
            case OFF -> false;
            case ON -> true;
            case ON_WITH_INCLUSION -> namespaces.contains(namespace);
            case ON_WITH_EXCLUSION -> !namespaces.contains(namespace);
        };
    }
}
