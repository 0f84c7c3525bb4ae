/// Takes the contents of all sources and gives one judged config: which source wins for each resource, and all that is
/// wrong with it. Pure functions.
@NullMarked
@ApplicationModule(allowedDependencies = {"source"})
package dev.quartet.galley.process;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
