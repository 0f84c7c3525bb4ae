package dev.quartet.config.mixer;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.Required;
import java.util.List;

/// To which services HTTPAPISpecs apply (Istio 1.4 `mixer/v1/config/client/api_spec.proto`).
@NotTranslated("requests get no attributes of an API")
public record HttpApiSpecBinding(
        @Required List<ServiceReference> services, @Required List<SpecReference> apiSpecs)
        implements Spec {
    public HttpApiSpecBinding {
        services = List.copyOf(services);
        apiSpecs = List.copyOf(apiSpecs);
    }
}
