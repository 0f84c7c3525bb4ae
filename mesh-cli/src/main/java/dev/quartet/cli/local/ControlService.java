package dev.quartet.cli.local;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// The five services of the control plane, in the order in which they are started: Citadel needs nobody, the others need it.
public enum ControlService {
    CITADEL("citadel-service", "istio-citadel-service-account", 8082, 15214, 96, 8060),
    GALLEY("galley-service", "istio-galley-service-account", 8081, 15114, 96, 9901, 9443),
    PILOT("pilot-service", "istio-pilot-service-account", 8080, 15014, 192, 15011),
    MIXER("mixer-service", "istio-mixer-service-account", 8083, 15314, 128, 9091, 42422),
    INJECTOR("sidecar-injector", "istio-sidecar-injector-service-account", 8084, 15414, 64, 9444);

    static final String NAMESPACE = "istio-system";

    private final String module;
    private final String serviceAccount;
    private final int restPort;
    private final int metricsPort;
    private final int heapMebibytes;
    private final int[] otherPorts;

    ControlService(
            String module,
            String serviceAccount,
            int restPort,
            int metricsPort,
            int heapMebibytes,
            int... otherPorts) {
        this.module = module;
        this.serviceAccount = serviceAccount;
        this.restPort = restPort;
        this.metricsPort = metricsPort;
        this.heapMebibytes = heapMebibytes;
        this.otherPorts = otherPorts;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// As a name in a sentence.
    public String title() {
        return name().charAt(0) + label().substring(1);
    }

    String module() {
        return module;
    }

    String serviceAccount() {
        return serviceAccount;
    }

    /// Without the offset, as the next ones.
    public int restPort() {
        return restPort;
    }

    int metricsPort() {
        return metricsPort;
    }

    int heapMebibytes() {
        return heapMebibytes;
    }

    int[] otherPorts() {
        return otherPorts.clone();
    }

    public static Optional<ControlService> of(String label) {
        return Arrays.stream(values()).filter(service -> service.label().equals(label)).findFirst();
    }
}
