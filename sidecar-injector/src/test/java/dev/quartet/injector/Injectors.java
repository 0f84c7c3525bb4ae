package dev.quartet.injector;

import dev.quartet.bootstrap.BootstrapSpec.Address;
import dev.quartet.bootstrap.BootstrapSpec.Server;
import dev.quartet.injector.decide.InjectionPolicy;
import dev.quartet.injector.inject.PodInjector;
import dev.quartet.injector.render.MeshSettings;
import dev.quartet.injector.render.SidecarRenderer;
import java.time.Duration;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The stages as a mesh of defaults has them.
final class Injectors {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Injectors() {}

    static PodInjector nativeSidecars() {
        return with(true);
    }

    static PodInjector with(boolean nativeSidecar) {
        return new PodInjector(policy(true), new SidecarRenderer(mesh(nativeSidecar)));
    }

    static InjectionPolicy policy(boolean enabled) {
        return new InjectionPolicy(enabled, Set.of("kube-system", "istio-system"));
    }

    static MeshSettings mesh(boolean nativeSidecar) {
        return new MeshSettings(
                "envoyproxy/envoy:v1.40.0",
                "quartet/mesh-init",
                nativeSidecar,
                new Server(
                        new Address("istio-pilot.istio-system.svc", 15_011),
                        "spiffe://cluster.local/ns/istio-system/sa/istio-pilot-service-account"),
                new Server(
                        new Address("istio-citadel.istio-system.svc", 8060),
                        "spiffe://cluster.local/ns/istio-system/sa/istio-citadel-service-account"),
                "cluster.local",
                2,
                "warning",
                Duration.ofSeconds(5));
    }

    static ObjectNode json(String text) {
        return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
    }
}
