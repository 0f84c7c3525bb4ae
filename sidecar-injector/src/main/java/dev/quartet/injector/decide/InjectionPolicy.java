package dev.quartet.injector.decide;

import dev.quartet.injector.decide.Decision.Inject;
import dev.quartet.injector.decide.Decision.Reason;
import dev.quartet.injector.decide.Decision.Skip;
import dev.quartet.injector.pod.Pod;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides pod by pod, the first reason found wins. The order is Istio 1.4's (`pkg/kube/inject/inject.go`, `injectRequired`), with Windows and a second pass before the user's wish.
/// @param enabled whether a pod that says nothing gets a sidecar
/// @param systemNamespaces never injected, whatever the pod says
public record InjectionPolicy(boolean enabled, Set<String> systemNamespaces) {
    private static final String WISH = "sidecar.istio.io/inject";
    private static final Set<String> YES = Set.of("y", "yes", "true", "on");

    public InjectionPolicy {
        systemNamespaces = Set.copyOf(systemNamespaces);
    }

    public Decision decide(Pod pod) {
        if (pod.hostNetwork()) {
            return new Skip(Reason.HOST_NETWORK);
        }
        if (pod.onWindows()) {
            return new Skip(Reason.WINDOWS_NODE);
        }
        if (systemNamespaces.contains(pod.namespace())) {
            return new Skip(Reason.SYSTEM_NAMESPACE);
        }
        if (pod.annotation(Pod.STATUS_ANNOTATION) != null
                || pod.containerNames().contains("istio-proxy")) {
            return new Skip(Reason.ALREADY_INJECTED);
        }
        String wish = wish(pod);
        if (wish != null) {
            return YES.contains(wish.toLowerCase(Locale.ROOT))
                    ? new Inject()
                    : new Skip(Reason.OPTED_OUT);
        }
        return enabled ? new Inject() : new Skip(Reason.NOT_ENABLED);
    }

    /// The label, which today's Istio prefers, before the annotation; an empty value says nothing.
    private static @Nullable String wish(Pod pod) {
        String label = pod.labels().get(WISH);
        if (label != null && !label.isEmpty()) {
            return label;
        }
        String annotation = pod.annotation(WISH);
        return annotation == null || annotation.isEmpty() ? null : annotation;
    }
}
