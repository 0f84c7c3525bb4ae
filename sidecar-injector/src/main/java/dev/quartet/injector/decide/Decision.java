package dev.quartet.injector.decide;

/// Whether a pod gets a sidecar, and if not, why.
public sealed interface Decision {
    record Inject() implements Decision {}

    record Skip(Reason reason) implements Decision {}

    enum Reason {
        HOST_NETWORK("it uses the node's network, where capture would hit the whole node"),
        WINDOWS_NODE("it runs on Windows, which has no iptables"),
        SYSTEM_NAMESPACE("its namespace belongs to Kubernetes or the mesh itself"),
        ALREADY_INJECTED("it has a sidecar already"),
        OPTED_OUT("sidecar.istio.io/inject says no"),
        NOT_ENABLED(
                "injection is off (quartet.injector.policy=disabled) and sidecar.istio.io/inject does not ask for it");

        private final String explanation;

        Reason(String explanation) {
            this.explanation = explanation;
        }

        public String explanation() {
            return explanation;
        }
    }
}
