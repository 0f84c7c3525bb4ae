package dev.quartet.config.read;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Resources;
import dev.quartet.config.Spec;
import dev.quartet.config.schema.Names;
import dev.quartet.config.schema.RecordSchema;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads resources strictly: what is not in a kind's record is an error, and every error is told at once, with its file,
/// line and field (up to a thousand in one text). Thread-safe; no input makes it throw anything but what is said here.
public final class ResourceReader {
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
        return new DocumentReader(file, defaultNamespace, null, null).read(text);
    }

    /// What a text holds, and which of its documents need not be read again.
    ///
    /// @param reused the very objects of the result that stood in documents that were known
    public record Reread(ReadResult result, KnownDocuments documents, Set<ReadResource> reused) {}

    /// The same as [#readYaml] of the file's next version; what is known of it is not read, and what has not moved stays the same objects.
    ///
    /// @param text as it was read from UTF-8
    public Reread readYamlAgain(String file, String text, KnownDocuments before) {
        var documents = new KnownDocuments.Reading(file, defaultNamespace, before);
        var result = new DocumentReader(file, defaultNamespace, null, documents).read(text);
        return new Reread(result, documents.done(), documents.reused());
    }

    /// The same where objects of Kubernetes may stand among the resources: they are set aside and not refused.
    public ReadDocuments readDocuments(String file, String text) {
        return readAside(file, text, new ClusterObjects(file, defaultNamespace, false));
    }

    /// The same where old kinds may stand among them too, those that `mesh convert` turns into today's.
    public ReadDocuments readWithOldKinds(String file, String text) {
        return readAside(file, text, new ClusterObjects(file, defaultNamespace, true));
    }

    private ReadDocuments readAside(String file, String text, ClusterObjects aside) {
        var result = new DocumentReader(file, defaultNamespace, aside, null).read(text);
        return new ReadDocuments(result, aside.found());
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
        var findings = new Findings(null);
        try {
            var key = key(kind, namespacedName, findings);
            var spec = findings.isEmpty() ? spec(key, json, findings) : null;
            if (spec != null && findings.isEmpty()) {
                return Resources.of(key, labels, annotations, spec);
            }
        } catch (Findings.TooManyException e) {
            // told among the problems
        }
        throw new UnreadableResourceException(findings.found());
    }

    private static ResourceKey key(Kind kind, String namespacedName, Findings findings) {
        int slash = namespacedName.indexOf('/');
        var name = namespacedName.substring(slash + 1);
        Metadata.checkName(name, 0, findings.of(null));
        if (slash < 0) {
            return new ResourceKey(kind, "", name);
        }
        var namespace = namespacedName.substring(0, slash);
        Metadata.checkNamespace(namespace, 0, findings.of(null));
        return new ResourceKey(kind, namespace, name);
    }

    private static @Nullable Spec spec(ResourceKey key, byte[] json, Findings findings) {
        try {
            var nodes = json.length == 0 ? List.<Node>of() : JsonNodes.parse(json);
            if (nodes.size() != 1) {
                throw new MalformedException(
                        0, nodes.size() + " JSON values where one is wanted", "send the spec");
            }
            return (Spec)
                    new Binder(findings.of(key))
                            .bind(
                                    RecordSchema.of(key.kind().spec()),
                                    nodes.getFirst(),
                                    FieldPath.SPEC);
        } catch (MalformedException e) {
            findings.malformed(key, FieldPath.SPEC, e);
            return null;
        }
    }
}
