package dev.quartet.config.mixer;

import dev.quartet.config.Spec;
import dev.quartet.config.schema.NotTranslated;
import dev.quartet.config.schema.Required;
import java.util.List;

/// To which services QuotaSpecs apply (Istio 1.4 `mixer/v1/config/client/quota.proto`).
@NotTranslated("no quota is charged")
public record QuotaSpecBinding(
        @Required List<ServiceReference> services, @Required List<SpecReference> quotaSpecs)
        implements Spec {
    public QuotaSpecBinding {
        services = List.copyOf(services);
        quotaSpecs = List.copyOf(quotaSpecs);
    }
}
