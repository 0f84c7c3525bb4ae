package dev.quartet.config.read;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.schema.Names;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A document's metadata: what the resource is called, its labels and annotations.
final class Metadata {
    private static final FieldPath NAME = FieldPath.METADATA.field("name");
    private static final FieldPath NAMESPACE = FieldPath.METADATA.field("namespace");
    private static final FieldPath LABELS = FieldPath.METADATA.field("labels");
    private static final FieldPath ANNOTATIONS = FieldPath.METADATA.field("annotations");
    private static final List<String> FIELDS =
            List.of("name", "namespace", "labels", "annotations");

    /// What Kubernetes adds by itself.
    private static final Set<String> OF_KUBERNETES =
            Set.of(
                    "uid",
                    "resourceVersion",
                    "creationTimestamp",
                    "generation",
                    "managedFields",
                    "selfLink",
                    "ownerReferences",
                    "finalizers",
                    "deletionTimestamp",
                    "deletionGracePeriodSeconds",
                    "generateName",
                    "clusterName");

    private static final int MAX_ANNOTATION_CHARS = 256 * 1024;

    private final Node.Obj document;
    private final @Nullable Node metadata;
    private final Map<String, Node> fields;
    private final String defaultNamespace;

    Metadata(Node.Obj document, String defaultNamespace) {
        this.document = document;
        this.defaultNamespace = defaultNamespace;
        this.metadata = document.fields().get("metadata");
        this.fields = metadata instanceof Node.Obj object ? object.fields() : Map.of();
    }

    /// Null when it has none or a bad one; [#check] says so.
    @Nullable ResourceKey key(Kind kind) {
        if (!(fields.get("name") instanceof Node.Text name)) {
            return null;
        }
        if (kind.scope() == Kind.Scope.CLUSTER) {
            return Names.isObjectName(name.text()) ? new ResourceKey(kind, "", name.text()) : null;
        }
        var namespace =
                fields.get("namespace") instanceof Node.Text text && !text.text().isEmpty()
                        ? text.text()
                        : defaultNamespace;
        return Names.isObjectName(name.text()) && Names.isDnsLabel(namespace)
                ? new ResourceKey(kind, namespace, name.text())
                : null;
    }

    void check(Kind kind, Binder binder, Findings.Of findings) {
        if (metadata != null
                && !(metadata instanceof Node.Obj)
                && !(metadata instanceof Node.Null)) {
            findings.add(
                    Reason.WRONG_TYPE,
                    metadata.line(),
                    FieldPath.METADATA,
                    "an object is wanted here, not " + metadata.label(),
                    "write name and namespace below it");
            return;
        }
        fields.forEach((name, value) -> {
            if (!FIELDS.contains(name) && !OF_KUBERNETES.contains(name)) {
                binder.unknownField(value, FieldPath.METADATA, name, FIELDS);
            }
        });
        var name = given("name");
        if (name == null) {
            findings.add(
                    Reason.MISSING_FIELD,
                    metadata == null ? document.line() : metadata.line(),
                    NAME,
                    "the resource has no name",
                    "add metadata.name");
        } else {
            var text = binder.text(name, NAME);
            if (text != null) {
                checkName(text, name.line(), findings);
            }
        }
        var namespace = given("namespace");
        if (namespace != null) {
            var text = binder.text(namespace, NAMESPACE);
            if (text != null && !text.isEmpty() && kind.scope() == Kind.Scope.CLUSTER) {
                findings.add(
                        Reason.INVALID_NAME,
                        namespace.line(),
                        NAMESPACE,
                        "a " + kind.label() + " stands beside all namespaces",
                        "take the namespace out");
            } else if (text != null && !text.isEmpty()) {
                checkNamespace(text, namespace.line(), findings);
            }
        }
    }

    private @Nullable Node given(String field) {
        var node = fields.get(field);
        return node instanceof Node.Null ? null : node;
    }

    static void checkName(String name, int line, Findings.Of findings) {
        if (!Names.isObjectName(name)) {
            findings.add(
                    Reason.INVALID_NAME,
                    line,
                    NAME,
                    quoted(name) + " is no name for a resource" + foreignSign(name),
                    "use lower-case letters, digits, - and ., up to 253 of them");
        }
    }

    static void checkNamespace(String namespace, int line, Findings.Of findings) {
        if (!Names.isDnsLabel(namespace)) {
            findings.add(
                    Reason.INVALID_NAME,
                    line,
                    NAMESPACE,
                    quoted(namespace) + " is no name for a namespace" + foreignSign(namespace),
                    "use lower-case letters, digits and -, up to 63 of them");
        }
    }

    /// Names a letter that only looks like a usual one, or cannot be seen.
    private static String foreignSign(String name) {
        var foreign = name.codePoints().filter(c -> c < 0x20 || c > 0x7e).findFirst();
        return foreign.isPresent()
                ? ": it holds the sign U+%04X".formatted(foreign.getAsInt())
                : "";
    }

    /// Null when they do not fit; then it has been told.
    @Nullable Map<String, String> labels(Binder binder, Findings.Of findings) {
        var labels = texts("labels", LABELS, binder);
        if (labels == null) {
            return null;
        }
        labels.forEach((label, value) -> {
            if (!Names.isLabelKey(label) || !Names.isLabelValue(value)) {
                findings.add(
                        Reason.INVALID_VALUE,
                        lineOf("labels", label),
                        LABELS.key(label),
                        quoted(label) + ": " + quoted(value) + " is no label",
                        "use letters, digits, -, _ and ., up to 63 of them");
            }
        });
        return labels;
    }

    /// Null when they do not fit; then it has been told.
    @Nullable Map<String, String> annotations(Binder binder, Findings.Of findings) {
        var given = texts("annotations", ANNOTATIONS, binder);
        if (given == null) {
            return null;
        }
        var annotations = new LinkedHashMap<>(given);
        annotations.keySet().removeAll(Bookkeeping.ANNOTATIONS);
        long chars = 0;
        for (var entry : annotations.entrySet()) {
            chars += entry.getKey().length() + entry.getValue().length();
            if (chars > MAX_ANNOTATION_CHARS) {
                findings.add(
                        Reason.INVALID_VALUE,
                        lineOf("annotations", entry.getKey()),
                        ANNOTATIONS,
                        "the annotations are longer than " + MAX_ANNOTATION_CHARS / 1024 + " KiB",
                        "keep such data elsewhere");
                return null;
            }
        }
        return annotations;
    }

    private int lineOf(String field, String key) {
        return fields.get(field) instanceof Node.Obj entries
                        && entries.fields().get(key) instanceof Node entry
                ? entry.line()
                : document.line();
    }

    private @Nullable Map<String, String> texts(String field, FieldPath path, Binder binder) {
        var node = given(field);
        return node == null ? Map.of() : binder.texts(node, path);
    }
}
