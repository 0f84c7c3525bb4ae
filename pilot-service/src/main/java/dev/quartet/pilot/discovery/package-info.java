/// Spring Cloud's discovery clients (Eureka, Consul, …) as registries: asks each [DiscoveryClient], gives a
/// [dev.quartet.pilot.ingest.Registry].
@ApplicationModule(allowedDependencies = {"ingest", "node", "registry"})
@NullMarked
package dev.quartet.pilot.discovery;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
