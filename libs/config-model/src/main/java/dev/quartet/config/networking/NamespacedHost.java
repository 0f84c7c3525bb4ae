package dev.quartet.config.networking;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.check.Problems;
import dev.quartet.config.check.Values;
import dev.quartet.config.schema.Names;
import java.util.Set;

/// A host as gateways and sidecars name it: `namespace/host`. After Istio 1.4, `validation.go`
/// `validateNamespaceSlashWildcardHostname`.
final class NamespacedHost {
    private static final Set<String> OF_GATEWAYS = Set.of("*", ".");
    private static final Set<String> OF_SIDECARS = Set.of("*", ".", "~");

    private NamespacedHost() {}

    /// The namespace may be left out, and the host may be an address.
    static void ofGateway(String text, FieldPath path, Problems problems) {
        int slash = text.indexOf('/');
        if (slash >= 0) {
            namespace(text.substring(0, slash), OF_GATEWAYS, path, problems);
        }
        var host = text.substring(slash + 1);
        if (!Values.isIpAddress(host)) {
            host(host, path, problems);
        }
    }

    static void ofSidecar(String text, FieldPath path, Problems problems) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            problems.invalid(
                    path,
                    quoted(text) + " names no namespace",
                    "write ./" + text + " for this namespace, or */" + text + " for all");
            return;
        }
        namespace(text.substring(0, slash), OF_SIDECARS, path, problems);
        host(text.substring(slash + 1), path, problems);
    }

    private static void namespace(
            String namespace, Set<String> signs, FieldPath path, Problems problems) {
        if (!signs.contains(namespace) && !Names.isDnsLabel(namespace)) {
            problems.invalid(
                    path,
                    quoted(namespace) + " is no namespace",
                    "write namespace/host, ./host or */host");
        }
    }

    private static void host(String host, FieldPath path, Problems problems) {
        if (!Values.isHost(host)) {
            problems.invalid(
                    path, quoted(host) + " is no host", "write a.example.org, *.example.org or *");
        } else if (!host.equals("*") && host.indexOf('.') < 0) {
            problems.invalid(
                    path,
                    quoted(host) + " is a short name, which means nothing here",
                    "write the full name, for example "
                            + host
                            + "."
                            + problems.resource().namespace()
                            + ".svc.cluster.local");
        }
    }
}
