package dev.quartet.galley.status;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Who takes config from Galley and reports what became of it.
public enum Component {
    PILOT("istio-pilot-service-account"),
    MIXER("istio-mixer-service-account"),
    CITADEL("istio-citadel-service-account");

    private final String serviceAccount;

    Component(String serviceAccount) {
        this.serviceAccount = serviceAccount;
    }

    public String serviceAccount() {
        return serviceAccount;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Component> of(String label) {
        return Arrays.stream(values())
                .filter(component -> component.label().equals(label))
                .findFirst();
    }
}
