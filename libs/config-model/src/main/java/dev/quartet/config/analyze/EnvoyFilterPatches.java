package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.EnvoyFilter;
import dev.quartet.config.networking.EnvoyFilter.ApplyTo;
import java.util.Set;

/// Patches that do nothing, and such as need an order that nobody gives.
final class EnvoyFilterPatches implements Analyzer {
    @Override
    public Set<Reason> reasons() {
        return Set.of(
                Reason.RELATIVE_PATCH,
                Reason.RELATIVE_PATCH_OF_VERSION,
                Reason.INEFFECTIVE_REPLACE,
                Reason.INEFFECTIVE_ADD,
                Reason.INEFFECTIVE_REMOVE);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var filter : scene.all(EnvoyFilter.class)) {
            for (int i = 0; i < filter.spec().configPatches().size(); i++) {
                patch(
                        filter,
                        filter.spec().configPatches().get(i),
                        FieldPath.SPEC.field("configPatches").index(i),
                        problems);
            }
        }
    }

    private static void patch(
            Of<EnvoyFilter> filter,
            EnvoyFilter.ConfigPatch patch,
            FieldPath path,
            Report problems) {
        var to = patch.applyTo();
        var ofRoutes = to == ApplyTo.ROUTE_CONFIGURATION || to == ApplyTo.HTTP_ROUTE;
        switch (patch.patch().operation()) {
            case MERGE, INSERT_FIRST -> {}
            case ADD -> {
                if (ofRoutes) {
                    problems.add(
                            Reason.INEFFECTIVE_ADD,
                            filter,
                            path.field("patch").field("operation"),
                            "ADD does nothing to " + to,
                            "write MERGE, or INSERT_FIRST for a route");
                }
            }
            case REMOVE -> {
                if (ofRoutes) {
                    problems.add(
                            Reason.INEFFECTIVE_REMOVE,
                            filter,
                            path.field("patch").field("operation"),
                            "REMOVE does nothing to " + to,
                            "take it out of the VirtualService");
                } else {
                    relative(filter, patch, path, problems);
                }
            }
            case REPLACE -> {
                if (to == ApplyTo.HTTP_FILTER
                        || to == ApplyTo.NETWORK_FILTER
                        || to == ApplyTo.LISTENER_FILTER
                        || to == ApplyTo.VIRTUAL_HOST) {
                    relative(filter, patch, path, problems);
                } else {
                    problems.add(
                            Reason.INEFFECTIVE_REPLACE,
                            filter,
                            path.field("patch").field("operation"),
                            "REPLACE does nothing to " + to,
                            "write MERGE");
                }
            }
            case INSERT_BEFORE, INSERT_AFTER -> relative(filter, patch, path, problems);
        }
    }

    private static void relative(
            Of<EnvoyFilter> filter,
            EnvoyFilter.ConfigPatch patch,
            FieldPath path,
            Report problems) {
        var priority = filter.spec().priority();
        if (priority != null && priority != 0) {
            return;
        }
        var match = patch.match();
        var version = match == null || match.proxy() == null ? null : match.proxy().proxyVersion();
        if (version != null && !version.isEmpty()) {
            problems.add(
                    Reason.RELATIVE_PATCH_OF_VERSION,
                    filter,
                    path.field("patch").field("operation"),
                    patch.patch().operation()
                            + " needs a filter that another version of the proxy may not have yet",
                    "set spec.priority, or write INSERT_FIRST or ADD");
        } else {
            problems.add(
                    Reason.RELATIVE_PATCH,
                    filter,
                    path.field("patch").field("operation"),
                    patch.patch().operation()
                            + " needs a filter that another EnvoyFilter may not have made yet",
                    "set spec.priority, or write INSERT_FIRST or ADD");
        }
    }
}
