package dev.quartet.citadel;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What all services of a mesh agree on.
@ConfigurationProperties("quartet")
record MeshSettings(@DefaultValue("cluster.local") String trustDomain) {}
