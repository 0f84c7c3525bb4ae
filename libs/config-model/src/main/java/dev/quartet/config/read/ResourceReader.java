package dev.quartet.config.read;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Position;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Resources;
import dev.quartet.config.Spec;
import dev.quartet.config.schema.Names;
import dev.quartet.config.schema.RecordSchema;
import dev.quartet.expressions.NearNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads resources strictly: what is not in a kind's record is an error, and every error is told at once, with its file,
/// line and field. Thread-safe; no input makes it throw anything but what is said here.
public final class ResourceReader {
    private static final FieldPath NAME = FieldPath.METADATA.field("name");
    private static final FieldPath NAMESPACE = FieldPath.METADATA.field("namespace");
    private static final FieldPath LABELS = FieldPath.METADATA.field("labels");
    private static final FieldPath ANNOTATIONS = FieldPath.METADATA.field("annotations");
    private static final List<String> TOP_FIELDS =
            List.of("apiVersion", "kind", "metadata", "spec", "status");
    private static final List<String> METADATA_FIELDS =
            List.of("name", "namespace", "labels", "annotations");

    /// What Kubernetes adds by itself.
    private static final Set<String> KUBERNETES_METADATA =
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

    /// kubectl's copy of the whole resource: no part of its content.
    private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

    private static final int MAX_ANNOTATION_CHARS = 256 * 1024;

    private final String defaultNamespace;

    /// Resources without a namespace go to `default`.
    public ResourceReader() {
        this("default");
    }

    /// @param defaultNamespace for resources without one
    public ResourceReader(String defaultNamespace) {
        if (!Names.isDnsLabel(defaultNamespace)) {
            throw new IllegalArgumentException("no namespace: " + defaultNamespace);
        }
        this.defaultNamespace = defaultNamespace;
    }

    /// Documents between `---`, each in YAML or JSON, each a resource or a `List` of them. A broken document does not hide
    /// what is wrong with the others.
    ///
    /// @param file as the user knows it; stands in every position
    public ReadResult readYaml(String file, String text) {
        return new Reading(file).read(text);
    }

    /// One resource as it comes over the wire: its spec alone.
    ///
    /// @param namespacedName `namespace/name`, or `name` for the empty namespace
    /// @throws UnreadableResourceException when it does not fit its kind
    public Resource<?> readJson(
            Kind kind,
            String namespacedName,
            Map<String, String> labels,
            Map<String, String> annotations,
            byte[] json) {
        var problems = new ArrayList<Problem>();
        int slash = namespacedName.indexOf('/');
        var key =
                new ResourceKey(
                        kind,
                        slash < 0 ? "" : namespacedName.substring(0, slash),
                        namespacedName.substring(slash + 1));
        checkNames(
                key,
                slash < 0,
                (reason, line, path, fault, fix) ->
                        problems.add(new Problem(reason, null, null, path, fault, fix)));
        if (!problems.isEmpty()) {
            throw new UnreadableResourceException(problems);
        }
        try {
            var nodes = json.length == 0 ? List.<Node>of() : JsonNodes.parse(json);
            if (nodes.size() != 1) {
                throw new MalformedException(
                        0, nodes.size() + " JSON values where one is wanted", "send the spec");
            }
            var binder =
                    new Binder((reason, line, path, fault, fix) ->
                            problems.add(new Problem(reason, key, null, path, fault, fix)));
            var spec = binder.bind(RecordSchema.of(kind.spec()), nodes.getFirst(), FieldPath.SPEC);
            if (spec != null && problems.isEmpty()) {
                return Resources.of(key, labels, annotations, (Spec) spec);
            }
        } catch (MalformedException e) {
            problems.add(
                    new Problem(
                            Reason.MALFORMED_YAML, key, null, FieldPath.SPEC, e.fault(), e.fix()));
        }
        throw new UnreadableResourceException(problems);
    }

    private static void checkNames(
            ResourceKey key, boolean mayLackNamespace, Binder.Findings findings) {
        if (!Names.isDnsName(key.name())) {
            findings.add(
                    Reason.INVALID_NAME,
                    0,
                    NAME,
                    quoted(key.name()) + " is no name for a resource" + foreignSign(key.name()),
                    "use lower-case letters, digits, - and ., up to 253 of them");
        }
        if (!Names.isDnsLabel(key.namespace())
                && !(mayLackNamespace && key.namespace().isEmpty())) {
            findings.add(
                    Reason.INVALID_NAME,
                    0,
                    NAMESPACE,
                    quoted(key.namespace())
                            + " is no name for a namespace"
                            + foreignSign(key.namespace()),
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

    /// One text on its way.
    private final class Reading {
        private final String file;
        private final List<ReadResource> resources = new ArrayList<>();
        private final List<Problem> problems = new ArrayList<>();

        Reading(String file) {
            this.file = file;
        }

        ReadResult read(String given) {
            var text = given.startsWith("\uFEFF") ? given.substring(1) : given;
            if (text.length() > Limits.MAX_BYTES) {
                malformed(
                        new MalformedException(
                                1,
                                "the text is longer than "
                                        + Limits.MAX_BYTES / (1024 * 1024)
                                        + " MiB",
                                "split it into several files"));
                return new ReadResult(resources, problems);
            }
            if (looksLikeJson(text) && readJsonText(text)) {
                return new ReadResult(resources, problems);
            }
            for (var part : Documents.split(text)) {
                try {
                    YamlNodes.parse(part.text(), part.linesBefore()).forEach(this::document);
                } catch (MalformedException e) {
                    malformed(e);
                }
            }
            return new ReadResult(resources, problems);
        }

        private static boolean looksLikeJson(String text) {
            for (int i = 0; i < text.length(); i++) {
                if (!Character.isWhitespace(text.charAt(i))) {
                    return text.charAt(i) == '{';
                }
            }
            return false;
        }

        /// False when it is no JSON; YAML in braces begins the same way and gives the better message.
        private boolean readJsonText(String text) {
            try {
                JsonNodes.parse(text).forEach(this::document);
                return true;
            } catch (MalformedException e) {
                return false;
            }
        }

        private void malformed(MalformedException e) {
            problems.add(
                    new Problem(
                            Reason.MALFORMED_YAML,
                            null,
                            position(e.line()),
                            FieldPath.ROOT,
                            e.fault(),
                            e.fix()));
        }

        private @Nullable Position position(int line) {
            return line > 0 ? new Position(file, line) : null;
        }

        private void problem(Reason reason, Node node, FieldPath path, String fault, String fix) {
            problems.add(new Problem(reason, null, position(node.line()), path, fault, fix));
        }

        private void document(Node node) {
            if (node instanceof Node.Null) {
                return;
            }
            if (!(node instanceof Node.Obj object)) {
                problem(
                        Reason.WRONG_TYPE,
                        node,
                        FieldPath.ROOT,
                        "the document is " + node.label() + ", not a resource",
                        "begin it with apiVersion, kind, metadata and spec");
                return;
            }
            if (object.fields().get("kind") instanceof Node.Text kind
                    && kind.text().endsWith("List")
                    && object.fields().get("items") instanceof Node.Arr items) {
                items.items().forEach(this::item);
                return;
            }
            resource(object);
        }

        private void item(Node node) {
            if (node instanceof Node.Obj object) {
                resource(object);
            } else {
                problem(
                        Reason.WRONG_TYPE,
                        node,
                        FieldPath.ROOT,
                        "an item of the list is " + node.label() + ", not a resource",
                        "write a resource, or take the item out");
            }
        }

        private void resource(Node.Obj document) {
            var kind = kind(document);
            if (kind == null) {
                return;
            }
            var before = problems.size();
            var key = key(kind, document);
            Binder.Findings findings =
                    (reason, line, path, fault, fix) ->
                            problems.add(
                                    new Problem(reason, key, position(line), path, fault, fix));
            var binder = new Binder(findings);
            for (var entry : document.fields().entrySet()) {
                if (!TOP_FIELDS.contains(entry.getKey())) {
                    binder.unknownField(
                            entry.getValue(), FieldPath.ROOT, entry.getKey(), TOP_FIELDS);
                }
            }
            var metadata = new Metadata(document, key, binder, findings);
            metadata.check();
            var labels = metadata.labels();
            var annotations = metadata.annotations();
            var body = document.fields().get("spec");
            if (body == null || body instanceof Node.Null) {
                body = new Node.Obj(Map.of(), document.line(), 1);
            }
            var spec = binder.bind(RecordSchema.of(kind.spec()), body, FieldPath.SPEC);
            if (spec != null
                    && key != null
                    && labels != null
                    && annotations != null
                    && problems.size() == before) {
                resources.add(
                        new ReadResource(
                                Resources.of(key, labels, annotations, (Spec) spec),
                                new Position(file, document.line()),
                                new FieldLines(document)));
            }
        }

        private @Nullable Kind kind(Node.Obj document) {
            var label = document.fields().get("kind");
            var version = document.fields().get("apiVersion");
            if (!(label instanceof Node.Text labelText)) {
                problem(
                        Reason.UNKNOWN_KIND,
                        label == null ? document : label,
                        new FieldPath("kind"),
                        "the document has no kind",
                        "add apiVersion and kind, for example networking.istio.io/v1beta1 and VirtualService");
                return null;
            }
            var named =
                    Arrays.stream(Kind.values())
                            .filter(k -> k.label().equals(labelText.text()))
                            .toList();
            if (named.isEmpty()) {
                var labels = Arrays.stream(Kind.values()).map(Kind::label).toList();
                var near =
                        NearNames.of(labelText.text(), labels)
                                .map(name -> "did you mean " + name + "? ")
                                .orElse("");
                problem(
                        Reason.UNKNOWN_KIND,
                        label,
                        new FieldPath("kind"),
                        "there is no kind " + quoted(labelText.text()),
                        near + "known are " + String.join(", ", labels));
                return null;
            }
            var written = version instanceof Node.Text text ? text.text() : "";
            for (var kind : named) {
                for (var one : kind.versions()) {
                    if (written.equals(kind.group() + "/" + one)) {
                        return kind;
                    }
                }
            }
            var known =
                    named.stream()
                            .flatMap(kind ->
                                    kind.versions().stream().map(one -> kind.group() + "/" + one))
                            .collect(Collectors.joining(" or "));
            problem(
                    Reason.UNKNOWN_KIND,
                    version == null ? document : version,
                    new FieldPath("apiVersion"),
                    labelText.text()
                            + (version == null
                                    ? " needs an apiVersion"
                                    : " has no apiVersion " + quoted(written)),
                    "write apiVersion: " + known);
            return null;
        }

        /// Null when it has none or a bad one; the metadata's own check says so.
        private @Nullable ResourceKey key(Kind kind, Node.Obj document) {
            if (!(document.fields().get("metadata") instanceof Node.Obj metadata)
                    || !(metadata.fields().get("name") instanceof Node.Text name)) {
                return null;
            }
            var namespace =
                    switch (metadata.fields().get("namespace")) {
                        case Node.Text text when !text.text().isEmpty() -> text.text();
                        case null, default -> defaultNamespace;
                    };
            return Names.isDnsName(name.text()) && Names.isDnsLabel(namespace)
                    ? new ResourceKey(kind, namespace, name.text())
                    : null;
        }
    }

    /// The metadata of one document.
    private static final class Metadata {
        private final Map<String, Node> fields;
        private final Node.Obj document;
        private final @Nullable ResourceKey key;
        private final Binder binder;
        private final Binder.Findings findings;

        Metadata(
                Node.Obj document,
                @Nullable ResourceKey key,
                Binder binder,
                Binder.Findings findings) {
            this.document = document;
            this.key = key;
            this.binder = binder;
            this.findings = findings;
            this.fields =
                    document.fields().get("metadata") instanceof Node.Obj object
                            ? object.fields()
                            : Map.of();
        }

        void check() {
            var metadata = document.fields().get("metadata");
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
                if (!METADATA_FIELDS.contains(name) && !KUBERNETES_METADATA.contains(name)) {
                    binder.unknownField(value, FieldPath.METADATA, name, METADATA_FIELDS);
                }
            });
            var name = fields.get("name");
            if (name == null || name instanceof Node.Null) {
                findings.add(
                        Reason.MISSING_FIELD,
                        metadata == null ? document.line() : metadata.line(),
                        NAME,
                        "the resource has no name",
                        "add metadata.name");
                return;
            }
            var nameText = binder.text(name, NAME);
            var namespace = fields.get("namespace");
            var namespaceText =
                    namespace == null || namespace instanceof Node.Null
                            ? ""
                            : binder.text(namespace, NAMESPACE);
            if (key == null && nameText != null && namespaceText != null) {
                checkNames(
                        new ResourceKey(Kind.VIRTUAL_SERVICE, namespaceText, nameText),
                        true,
                        (reason, line, path, fault, fix) ->
                                findings.add(
                                        reason,
                                        path.equals(NAME) || namespace == null
                                                ? name.line()
                                                : namespace.line(),
                                        path,
                                        fault,
                                        fix));
            }
        }

        @Nullable Map<String, String> labels() {
            var labels = texts("labels", LABELS);
            if (labels == null) {
                return null;
            }
            labels.forEach((label, value) -> {
                if (!Names.isLabelKey(label) || !Names.isLabelValue(value)) {
                    findings.add(
                            Reason.INVALID_VALUE,
                            lineOf("labels"),
                            LABELS.key(label),
                            quoted(label) + ": " + quoted(value) + " is no label",
                            "use letters, digits, -, _ and ., up to 63 of them");
                }
            });
            return labels;
        }

        @Nullable Map<String, String> annotations() {
            var given = texts("annotations", ANNOTATIONS);
            if (given == null) {
                return null;
            }
            var annotations = new LinkedHashMap<>(given);
            annotations.remove(LAST_APPLIED);
            long chars = 0;
            for (var entry : annotations.entrySet()) {
                chars += entry.getKey().length() + entry.getValue().length();
            }
            if (chars > MAX_ANNOTATION_CHARS) {
                findings.add(
                        Reason.INVALID_VALUE,
                        lineOf("annotations"),
                        ANNOTATIONS,
                        "the annotations are longer than " + MAX_ANNOTATION_CHARS / 1024 + " KiB",
                        "keep such data elsewhere");
            }
            return annotations;
        }

        private int lineOf(String field) {
            var node = fields.get(field);
            return node == null ? document.line() : node.line();
        }

        private @Nullable Map<String, String> texts(String field, FieldPath path) {
            var node = fields.get(field);
            return node == null || node instanceof Node.Null ? Map.of() : binder.texts(node, path);
        }
    }
}
