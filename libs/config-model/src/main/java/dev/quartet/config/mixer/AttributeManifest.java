package dev.quartet.config.mixer;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.Required;
import dev.quartet.config.schema.SortedMaps;
import dev.quartet.expressions.ValueType;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Attributes that somebody gives, and their types (Istio 1.4 `policy/v1beta1/cfg.proto`).
///
/// @param name whoever gives them; taken from metadata where it is left out
/// @param attributes by name
@NotTranslated("expressions know the attributes of Envoy and Kubernetes only")
public record AttributeManifest(
        @Nullable String revision, @Nullable String name, Map<String, AttributeInfo> attributes)
        implements Spec {
    public AttributeManifest {
        attributes = SortedMaps.copyOf(attributes);
    }

    public record AttributeInfo(@Nullable String description, @Required ValueType valueType) {}
}
