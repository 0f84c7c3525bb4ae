/// EnvoyFilters: takes patches in Envoy's own words and Envoy's messages, gives the messages as patched. Pure functions.
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.quartet.pilot.patch;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
