/// What became of a revision: takes what proxies hold, gives the report that Galley aggregates.
@ApplicationModule(allowedDependencies = {"xds", "snapshot", "node", "translate", "patch"})
@NullMarked
package dev.quartet.pilot.status;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
