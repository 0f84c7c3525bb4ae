package dev.quartet.galley;

import dev.quartet.admin.HostPort;
import dev.quartet.admin.StartupFailure;
import dev.quartet.galley.admission.ReferencedDeletes;
import dev.quartet.galley.register.FailurePolicy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Galley's own settings; the README lists them.
///
/// @param grpcPort MCP and ConfigStatus, without the offset
/// @param configDir watched directory of YAML; null for none
/// @param mixerAddress Mixer in the built-in mesh config, as proxies reach it; null: port 9091 of this
///     machine, moved by `quartet.port-offset`
/// @param connectionAge about how long a sink's connection lives
/// @param namespace in a cluster: where the ConfigMap `istio` is, and Galley itself
/// @param webhookPort HTTPS `/admitpilot` and `/admitmixer`, without the offset
/// @param certificateFile PEM of the webhook; null: the service's own identity
/// @param caBundleFile PEM of what signed `certificateFile`, for kube-apiserver; null: that file itself
/// @param webhookUrl where kube-apiserver calls the webhook, without its paths; null: Service `istio-galley`
/// @param revisionsKept how many revisions stay in the state folder
/// @param failurePolicy what kube-apiserver does with config while no Galley answers
/// @param referencedDeletes what becomes of the deletion of an object that others name
/// @param writeStatus in a cluster: whether objects of config are given a `.status`
/// @param systemNamespaces config of these is not judged before it is stored
@ConfigurationProperties("quartet.galley")
public record GalleySettings(
        @DefaultValue("9901") int grpcPort,
        @Nullable Path configDir,
        @Nullable HostPort mixerAddress,
        @DefaultValue("30m") Duration connectionAge,
        @DefaultValue("istio-system") String namespace,
        @DefaultValue("9443") int webhookPort,
        @Nullable Path certificateFile,
        @Nullable Path keyFile,
        @Nullable Path caBundleFile,
        @Nullable URI webhookUrl,
        @DefaultValue("100") int revisionsKept,
        @DefaultValue("fail") FailurePolicy failurePolicy,
        @DefaultValue("refuse") ReferencedDeletes referencedDeletes,
        @DefaultValue("true") boolean writeStatus,
        @DefaultValue({"kube-system", "kube-public", "kube-node-lease"})
                Set<String> systemNamespaces) {
    private static final int MOST_REVISIONS = 10_000;

    /// @throws StartupFailure when a value cannot be worked with
    public GalleySettings {
        if (connectionAge.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new StartupFailure(
                    "quartet.galley.connection-age is %s".formatted(connectionAge),
                    "a connection lives a second or longer; leave it out for 30m");
        }
        if (revisionsKept < 1 || revisionsKept > MOST_REVISIONS) {
            throw new StartupFailure(
                    "quartet.galley.revisions-kept is %d".formatted(revisionsKept),
                    "keep 1 to %d revisions; leave it out for 100".formatted(MOST_REVISIONS));
        }
    }
}
