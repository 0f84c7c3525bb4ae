/// The mesh as Envoy reads it: takes a [dev.quartet.pilot.snapshot.MeshSnapshot], gives each proxy its
/// [ProxyConfig]. Pure functions of small keys, so that proxies with equal keys share the very same resources.
@ApplicationModule(allowedDependencies = {"snapshot", "node", "patch"})
@NullMarked
package dev.quartet.pilot.translate;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
