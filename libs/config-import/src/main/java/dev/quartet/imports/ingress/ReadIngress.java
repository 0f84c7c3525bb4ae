package dev.quartet.imports.ingress;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Position;
import dev.quartet.config.read.ClusterObject;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an Ingress says, whichever version of it was written. Immutable.
///
/// @param object as it was read
/// @param created when the apiserver made it, as it writes times; empty in a file
public record ReadIngress(
        ClusterObject object,
        String created,
        List<TlsEntry> tls,
        @Nullable Backend defaultBackend,
        List<Rule> rules) {

    /// Who comes first where only one can: the older one, then the first by namespace and name.
    static final Comparator<ReadIngress> ORDER =
            Comparator.comparing(ReadIngress::created)
                    .thenComparing(ReadIngress::namespace)
                    .thenComparing(ReadIngress::name);

    public ReadIngress {
        tls = List.copyOf(tls);
        rules = List.copyOf(rules);
    }

    /// @param hosts none for all
    /// @param path of the field in the Ingress, here and in the other records
    public record TlsEntry(List<String> hosts, String secretName, FieldPath path) {
        public TlsEntry {
            hosts = List.copyOf(hosts);
        }
    }

    /// @param host `*` for all
    /// @param paths none when all of the host is for the default backend
    public record Rule(String host, List<Path> paths, FieldPath path) {
        public Rule {
            paths = List.copyOf(paths);
        }
    }

    public record Path(PathMatch match, Backend backend, FieldPath path) {}

    /// Where requests go.
    public sealed interface Backend {
        FieldPath path();

        record Numbered(String service, int port, FieldPath path) implements Backend {}

        record Named(String service, String port, FieldPath path) implements Backend {}

        /// An object of some other kind, which nobody can send requests to.
        record OfResource(String kind, String name, FieldPath path) implements Backend {}
    }

    public String namespace() {
        return object.subject().namespace();
    }

    public String name() {
        return object.subject().name();
    }

    /// Where the field stands, as a position of a resource that was made from it: with the field's name when there are no
    /// lines to tell it.
    Position origin(FieldPath path) {
        var position = object.positionOf(path);
        return position.line() > 0
                ? position
                : new Position(position.file() + " " + path.text(), 0);
    }
}
