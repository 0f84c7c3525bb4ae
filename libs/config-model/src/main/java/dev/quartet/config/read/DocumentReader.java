package dev.quartet.config.read;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Position;
import dev.quartet.config.Reason;
import dev.quartet.config.Resources;
import dev.quartet.config.Spec;
import dev.quartet.config.schema.RecordSchema;
import dev.quartet.config.write.CanonicalJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the documents of one text into resources. One use; not thread-safe.
final class DocumentReader {
    private static final List<String> TOP_FIELDS =
            List.of("apiVersion", "kind", "metadata", "spec", "status");

    private final String file;
    private final String defaultNamespace;
    private final Findings findings;
    private final Findings.Of ofNone;
    private final @Nullable ClusterObjects aside;
    private final KnownDocuments.@Nullable Reading documents;
    private final List<ReadResource> resources = new ArrayList<>();

    /// Of the text that is read.
    private int signs;

    /// @param aside takes what is an object of Kubernetes; null where such ones are refused like all that is unknown
    /// @param documents those that need not be read; takes those that were
    DocumentReader(
            String file,
            String defaultNamespace,
            @Nullable ClusterObjects aside,
            KnownDocuments.@Nullable Reading documents) {
        this.aside = aside;
        this.documents = documents;
        this.file = file;
        this.defaultNamespace = defaultNamespace;
        this.findings = new Findings(file);
        this.ofNone = findings.of(null);
    }

    ReadResult read(String given) {
        var text = given.startsWith("\uFEFF") ? given.substring(1) : given;
        signs = text.length();
        try {
            if (text.length() > Limits.MAX_BYTES) {
                findings.malformed(null, FieldPath.ROOT, Limits.tooLong());
            } else if (!looksLikeJson(text) || !readJson(text)) {
                readYaml(text);
            }
        } catch (Findings.TooManyException e) {
            // told among the problems
        }
        return new ReadResult(resources, findings.found());
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
    private boolean readJson(String text) {
        try {
            JsonNodes.parse(text).forEach(this::document);
            return true;
        } catch (MalformedException e) {
            return false;
        }
    }

    private void readYaml(String text) {
        for (var part : Documents.split(text)) {
            var known = documents == null ? null : documents.of(part);
            if (known != null) {
                resources.addAll(known);
                continue;
            }
            int faultsBefore = findings.count();
            int resourcesBefore = resources.size();
            try {
                YamlNodes.parse(part.text(), part.linesBefore()).forEach(this::document);
            } catch (MalformedException e) {
                findings.malformed(null, FieldPath.ROOT, e);
            }
            if (documents != null && findings.count() == faultsBefore) {
                documents.add(part, resources.subList(resourcesBefore, resources.size()));
            }
        }
    }

    private void document(Node node) {
        switch (node) {
            case Node.Null nothing -> {}
            case Node.Obj object -> {
                if (object.fields().get("kind") instanceof Node.Text kind
                        && kind.text().endsWith("List")
                        && object.fields().get("items") instanceof Node.Arr items) {
                    items.items().forEach(this::item);
                } else {
                    resource(object);
                }
            }
            default ->
                    ofNone.add(
                            Reason.WRONG_TYPE,
                            node.line(),
                            FieldPath.ROOT,
                            "the document is " + node.label() + ", not a resource",
                            "begin it with apiVersion, kind, metadata and spec");
        }
    }

    private void item(Node node) {
        if (node instanceof Node.Obj object) {
            resource(object);
        } else {
            ofNone.add(
                    Reason.WRONG_TYPE,
                    node.line(),
                    FieldPath.ROOT,
                    "an item of the list is " + node.label() + ", not a resource",
                    "write a resource, or take the item out");
        }
    }

    private void resource(Node.Obj document) {
        if (aside != null && aside.takes(document)) {
            return;
        }
        var before = findings.count();
        var kind = KindOf.document(document, ofNone);
        if (kind == null) {
            return;
        }
        var metadata = new Metadata(document, defaultNamespace);
        var key = metadata.key(kind);
        var told = findings.of(key);
        if (kind == Kind.ENVOY_FILTER && OldKinds.hasOldFilters(document)) {
            OldKinds.tellOldFilters(document, told);
            return;
        }
        var binder = new Binder(told);
        document.fields()
                .forEach((name, value) -> {
                    if (!TOP_FIELDS.contains(name)) {
                        binder.unknownField(value, FieldPath.ROOT, name, TOP_FIELDS);
                    }
                });
        metadata.check(kind, binder, told);
        var labels = metadata.labels(binder, told);
        var annotations = metadata.annotations(binder, told);
        var body = document.fields().get("spec");
        if (body == null || body instanceof Node.Null) {
            body = new Node.Obj(Map.of(), document.line(), 1);
        }
        var spec = binder.bind(RecordSchema.of(kind.spec()), body, FieldPath.SPEC);
        if (spec != null
                && key != null
                && labels != null
                && annotations != null
                && findings.count() == before
                && fitsTheWire((Spec) spec, body, told)) {
            resources.add(
                    new ReadResource(
                            Resources.of(key, labels, annotations, (Spec) spec),
                            new Position(file, document.line()),
                            FieldLines.of(document)));
        }
    }

    /// What is accepted here must be read by everybody else, as JSON in UTF-8: that may be longer than the text, by its signs, its numbers and
    /// its aliases.
    private boolean fitsTheWire(Spec spec, Node body, Findings.Of told) {
        if ((signs < Limits.SURELY_SHORT && body.size() < Limits.SURELY_SHORT)
                || CanonicalJson.fits(spec, Limits.MAX_BYTES)) {
            return true;
        }
        told.add(
                Reason.INVALID_VALUE,
                body.line(),
                FieldPath.SPEC,
                "as JSON it is longer than " + Limits.MAX_BYTES / (1024 * 1024) + " MiB",
                "make several resources of it");
        return false;
    }
}
