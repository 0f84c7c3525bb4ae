package dev.quartet.config.mixer;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.NotTranslated;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An adapter that runs out of process (Istio 1.4 `mixer/adapter/model/v1beta1/info.proto`).
///
/// @param templates that it takes: `name` or `name.namespace`
/// @param config its settings' protobuf descriptors, in base64
/// @param sessionBased whether it is told its settings once, instead of with each call
@NotTranslated("adapters out of process come with a later version")
public record Adapter(
        @Nullable String name,
        @Nullable String description,
        List<String> templates,
        @Nullable String config,
        boolean sessionBased)
        implements Spec {
    public Adapter {
        templates = List.copyOf(templates);
    }
}
