package dev.quartet.pilot.kube;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Other clusters of the mesh.
///
/// @param namespace of the Secrets that name them. Not `istio-system`: whoever may list Secrets may list all of a namespace,
///     and there lies Citadel's root
@ConfigurationProperties("quartet.pilot.remote-clusters")
public record RemoteClusterSettings(@DefaultValue("istio-remote-clusters") String namespace) {}
