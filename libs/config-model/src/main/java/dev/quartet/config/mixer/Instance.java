package dev.quartet.config.mixer;

import dev.quartet.config.Spec;
import dev.quartet.config.Tree;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.OneOf;
import dev.quartet.config.schema.SortedMaps;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is taken from a request's attributes for an adapter, in the form of a template
/// (Istio 1.4 `policy/v1beta1/cfg.proto`).
///
/// @param compiledTemplate a built-in template's name; excludes `template`
/// @param params the template's fields, as expressions; typed by policy-model
/// @param attributeBindings attribute to expression over the template's output; for templates that make attributes
/// @param name taken from metadata; here for files of Istio's first form
public record Instance(
        @Nullable String name,
        @OneOf("template") @Nullable String compiledTemplate,
        @OneOf("template") @Nullable String template,
        @Nullable Tree params,
        @NotTranslated("templates that make attributes come with a later version")
                Map<String, String> attributeBindings)
        implements Spec {
    public Instance {
        attributeBindings = SortedMaps.copyOf(attributeBindings);
    }
}
