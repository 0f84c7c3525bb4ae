package dev.quartet.injector.inject;

import dev.quartet.injector.decide.Decision;
import dev.quartet.injector.decide.InjectionPolicy;
import dev.quartet.injector.patch.PodPatch;
import dev.quartet.injector.pod.InvalidPodException;
import dev.quartet.injector.pod.Pod;
import dev.quartet.injector.render.SidecarRenderer;

/// decide ─▶ render ─▶ patch for one pod. Pure, thread-safe.
public final class PodInjector {
    private final InjectionPolicy policy;
    private final SidecarRenderer renderer;

    public PodInjector(InjectionPolicy policy, SidecarRenderer renderer) {
        this.policy = policy;
        this.renderer = renderer;
    }

    /// @throws InvalidPodException when the pod should get a sidecar and cannot
    public Outcome inject(Pod pod) {
        return switch (policy.decide(pod)) {
            case Decision.Skip(var reason) -> new Outcome.Skipped(reason);
            case Decision.Inject() -> {
                var sidecar = renderer.render(pod);
                yield new Outcome.Injected(PodPatch.of(pod, sidecar), sidecar.warnings());
            }
        };
    }
}
