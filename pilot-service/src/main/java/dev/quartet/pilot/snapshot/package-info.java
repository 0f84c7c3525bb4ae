/// The mesh as one immutable picture: takes [dev.quartet.pilot.ingest.MeshInputs], gives a [MeshSnapshot] of facts
/// by key, in which defaults are filled, names resolved and workloads assigned to services.
@ApplicationModule(allowedDependencies = {"ingest", "node", "patch"})
@NullMarked
package dev.quartet.pilot.snapshot;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
