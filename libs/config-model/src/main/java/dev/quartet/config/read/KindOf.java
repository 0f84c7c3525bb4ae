package dev.quartet.config.read;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.expressions.NearNames;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Finds the kind of a document by its `apiVersion` and `kind`.
final class KindOf {
    private KindOf() {}

    /// Null when it names none; then it has been told.
    static @Nullable Kind document(Node.Obj document, Findings.Of findings) {
        var label = document.fields().get("kind");
        if (!(label instanceof Node.Text text)) {
            findings.add(
                    Reason.UNKNOWN_KIND,
                    label == null ? document.line() : label.line(),
                    new FieldPath("kind"),
                    "the document has no kind",
                    "add apiVersion and kind, for example networking.istio.io/v1beta1 and VirtualService");
            return null;
        }
        var named =
                Arrays.stream(Kind.values())
                        .filter(kind -> kind.label().equals(text.text()))
                        .toList();
        if (named.isEmpty() && OldKinds.isLabel(text.text())) {
            findings.add(
                    Reason.UNKNOWN_KIND,
                    text.line(),
                    new FieldPath("kind"),
                    quoted(text.text()) + " is a kind of the past",
                    OldKinds.fix(document));
            return null;
        }
        if (named.isEmpty()) {
            var labels = Arrays.stream(Kind.values()).map(Kind::label).toList();
            findings.add(
                    Reason.UNKNOWN_KIND,
                    text.line(),
                    new FieldPath("kind"),
                    "there is no kind " + quoted(text.text()),
                    NearNames.of(text.text(), OldKinds.besides(labels))
                                    .map(name -> "did you mean " + name + "? ")
                                    .orElse("")
                            + "known are "
                            + String.join(", ", labels));
            return null;
        }
        return ofVersion(named, text.text(), document, findings);
    }

    private static @Nullable Kind ofVersion(
            List<Kind> named, String label, Node.Obj document, Findings.Of findings) {
        var version = document.fields().get("apiVersion");
        var written = version instanceof Node.Text text ? text.text() : "";
        for (var kind : named) {
            if (apiVersions(kind).anyMatch(written::equals)) {
                return kind;
            }
        }
        findings.add(
                Reason.UNKNOWN_KIND,
                version == null ? document.line() : version.line(),
                new FieldPath("apiVersion"),
                label
                        + (version == null
                                ? " needs an apiVersion"
                                : " has no apiVersion " + quoted(written)),
                "write apiVersion: "
                        + named.stream()
                                .flatMap(KindOf::apiVersions)
                                .collect(Collectors.joining(" or ")));
        return null;
    }

    private static Stream<String> apiVersions(Kind kind) {
        return kind.versions().stream().map(version -> kind.group() + "/" + version);
    }
}
