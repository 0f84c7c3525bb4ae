/// Kubernetes as a registry: mirrors Services, EndpointSlices and Pods, gives a [dev.quartet.pilot.ingest.Registry].
@ApplicationModule(allowedDependencies = {"ingest", "node", "registry"})
@NullMarked
package dev.quartet.pilot.kube;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
