package dev.quartet.injector;

import dev.quartet.admin.HostPort;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// The injector's own settings; the README lists them.
///
/// @param webhookPort HTTPS `/inject`, without the offset
/// @param certificateFile PEM of the webhook; null: the service's own identity
/// @param caBundleFile PEM of what signed `certificateFile`, for kube-apiserver; null: that file itself
/// @param webhookUrl where kube-apiserver calls the webhook; null: Service `istio-sidecar-injector`
/// @param policy whether a pod that says nothing gets a sidecar
/// @param systemNamespaces never injected
/// @param pilotAddress, citadelAddress as pods reach them
@ConfigurationProperties("quartet.injector")
public record InjectorSettings(
        @DefaultValue("9444") int webhookPort,
        @Nullable Path certificateFile,
        @Nullable Path keyFile,
        @Nullable Path caBundleFile,
        @Nullable URI webhookUrl,
        @DefaultValue("enabled") Policy policy,
        @DefaultValue({"kube-system", "kube-public", "kube-node-lease", "istio-system"})
                Set<String> systemNamespaces,
        @DefaultValue("envoyproxy/envoy:v1.40.0") String proxyImage,
        @DefaultValue("quartet/mesh-init") String initImage,
        @DefaultValue("true") boolean nativeSidecar,
        @DefaultValue("istio-pilot.istio-system.svc:15011") HostPort pilotAddress,
        @DefaultValue("istio-citadel.istio-system.svc:8060") HostPort citadelAddress,
        @DefaultValue("cluster.local") String meshId,
        @DefaultValue("2") int concurrency,
        @DefaultValue("warning") String proxyLogLevel,
        @DefaultValue("5s") Duration drain) {

    public enum Policy {
        ENABLED,
        DISABLED
    }
}
