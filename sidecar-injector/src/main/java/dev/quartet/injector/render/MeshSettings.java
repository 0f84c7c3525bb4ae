package dev.quartet.injector.render;

import dev.quartet.bootstrap.BootstrapSpec.Server;
import java.time.Duration;

/// What every sidecar of the mesh has in common.
/// @param proxyImage a stock Envoy
/// @param initImage holds the iptables program
/// @param nativeSidecar `istio-proxy` as a restartable init container (Kubernetes 1.29 on): it starts before and ends after the application, and Jobs end; false: an ordinary container
/// @param drain how long the proxy goes on after its pod is told to end (the kubelet's sleep, Kubernetes 1.30 on); zero: not at all
public record MeshSettings(
        String proxyImage,
        String initImage,
        boolean nativeSidecar,
        Server pilot,
        Server citadel,
        String meshId,
        int concurrency,
        String logLevel,
        Duration drain) {}
