package dev.quartet.injector.render;

import dev.quartet.bootstrap.BootstrapSpec.Process;
import dev.quartet.bootstrap.BootstrapSpec.Server;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/// What every sidecar of the mesh has in common.
/// @param proxyImage a stock Envoy
/// @param initImage holds the iptables program
/// @param nativeSidecar `istio-proxy` as a restartable init container (Kubernetes 1.29 on): it starts before and ends after the application, and Jobs end; false: an ordinary container
/// @param drain how long the proxy goes on after its pod is told to end, in whole seconds (the kubelet's sleep, Kubernetes 1.30 on); zero: not at all
public record MeshSettings(
        String proxyImage,
        String initImage,
        boolean nativeSidecar,
        Server pilot,
        Server citadel,
        String meshId,
        int concurrency,
        String logLevel,
        Duration drain) {
    static final Pattern IMAGE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:@-]*");

    /// @throws IllegalArgumentException when no sidecar could be made with them
    public MeshSettings {
        for (String image : List.of(proxyImage, initImage)) {
            if (!IMAGE.matcher(image).matches()) {
                throw new IllegalArgumentException("\"%s\" is no image's name".formatted(image));
            }
        }
        if (drain.isNegative() || !drain.equals(Duration.ofSeconds(drain.toSeconds()))) {
            throw new IllegalArgumentException(
                    "drain is %s, which is not a whole number of seconds".formatted(drain));
        }
        new Process(concurrency, drain, logLevel); // refuses what Envoy would
    }
}
