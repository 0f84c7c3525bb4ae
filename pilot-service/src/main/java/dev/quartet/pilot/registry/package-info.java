/// The mesh's registries as one: takes each one's [dev.quartet.pilot.ingest.RegistrySource], keeps the endpoints of one
/// that suddenly lists nothing for a while, and gives all of them merged.
@ApplicationModule(allowedDependencies = "ingest")
@NullMarked
package dev.quartet.pilot.registry;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
