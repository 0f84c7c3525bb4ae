package dev.quartet.config.read;

import dev.quartet.config.Kind;
import dev.quartet.config.Position;
import dev.quartet.config.Subject;
import dev.quartet.config.Tree;
import dev.quartet.config.schema.Names;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Sets the objects of Kubernetes' own API groups aside while documents are read, and those of old kinds where they are wanted.
/// One use; not thread-safe.
final class ClusterObjects {
    private static final String SECRET = "Secret";
    private static final String NAMESPACE = "Namespace";
    private static final String INGRESS_CLASS = "IngressClass";

    private static final int MOST_SIGNS = 253;

    /// What config names or is made from; other objects are passed over.
    private static final Set<String> READ =
            Set.of(
                    "Service",
                    "Ingress",
                    INGRESS_CLASS,
                    NAMESPACE,
                    SECRET,
                    "Pod",
                    "Deployment",
                    "StatefulSet",
                    "DaemonSet",
                    "ReplicaSet",
                    "Job",
                    "CronJob");

    /// What stands beside all namespaces.
    private static final Set<String> OF_CLUSTER =
            Set.of(NAMESPACE, INGRESS_CLASS, "ClusterRbacConfig");

    private static final Set<String> RESOURCES =
            Arrays.stream(Kind.values()).map(Kind::label).collect(Collectors.toUnmodifiableSet());

    private final String file;
    private final String defaultNamespace;
    private final boolean withOldKinds;
    private final List<ClusterObject> found = new ArrayList<>();

    ClusterObjects(String file, String defaultNamespace, boolean withOldKinds) {
        this.file = file;
        this.defaultNamespace = defaultNamespace;
        this.withOldKinds = withOldKinds;
    }

    List<ClusterObject> found() {
        return found;
    }

    /// Whether it is such an object, so that nobody else has to read it.
    boolean takes(Node.Obj document) {
        var kind = text(document.fields().get("kind"));
        var version = text(document.fields().get("apiVersion"));
        if (withOldKinds && OldKinds.has(document)) {
            read(kind, document);
            return true;
        }
        if (kind.isEmpty()
                || version.isEmpty()
                || RESOURCES.contains(kind)
                || !isOfKubernetes(version)) {
            return false;
        }
        if (READ.contains(kind)) {
            read(kind, document);
        }
        return true;
    }

    /// Groups of Kubernetes itself are plain words, none at all, or end in `k8s.io`.
    private static boolean isOfKubernetes(String version) {
        int slash = version.indexOf('/');
        var group = slash < 0 ? "" : version.substring(0, slash);
        return group.indexOf('.') < 0 || group.endsWith(".k8s.io");
    }

    private void read(String kind, Node.Obj document) {
        var metadata = fields(document.fields().get("metadata"));
        var name = text(metadata.get("name"));
        var namespace = text(metadata.get("namespace"));
        var isSecret = kind.equals(SECRET);
        found.add(
                new ClusterObject(
                        new Subject(
                                kind,
                                OF_CLUSTER.contains(kind)
                                        ? ""
                                        : shown(namespace.isEmpty() ? defaultNamespace : namespace),
                                shown(name.isEmpty() ? text(metadata.get("generateName")) : name)),
                        texts(metadata.get("labels")),
                        texts(metadata.get("annotations")),
                        isSecret ? keys(document) : tree(document),
                        new Position(file, document.line()),
                        isSecret ? FieldLines.NONE : FieldLines.of(document)));
    }

    /// Nobody has checked the name.
    private static String shown(String name) {
        return Names.printable(name, MOST_SIGNS);
    }

    private static Tree keys(Node.Obj secret) {
        var keys = new HashMap<String, Tree>();
        for (var part : List.of("data", "stringData")) {
            fields(secret.fields().get(part))
                    .keySet()
                    .forEach(key -> keys.put(key, new Tree.Null()));
        }
        return new Tree.Fields(Map.of("data", new Tree.Fields(keys)));
    }

    private static String text(@Nullable Node node) {
        return node instanceof Node.Text text ? text.text() : "";
    }

    private static Map<String, Node> fields(@Nullable Node node) {
        return node instanceof Node.Obj object ? object.fields() : Map.of();
    }

    private static Map<String, String> texts(@Nullable Node node) {
        var texts = new HashMap<String, String>();
        fields(node)
                .forEach((name, value) -> {
                    if (value instanceof Node.Text text) {
                        texts.put(name, text.text());
                    }
                });
        return texts;
    }

    static Tree tree(Node node) {
        return switch (node) {
            case Node.Text text -> new Tree.Text(text.text());
            case Node.Num number -> new Tree.Num(number.number());
            case Node.Bool bool -> new Tree.Bool(bool.value());
            case Node.Null nothing -> new Tree.Null();
            case Node.Arr array ->
                    new Tree.Items(array.items().stream().map(ClusterObjects::tree).toList());
            case Node.Obj object -> {
                var fields = new HashMap<String, Tree>();
                object.fields().forEach((name, value) -> fields.put(name, tree(value)));
                yield new Tree.Fields(fields);
            }
        };
    }
}
