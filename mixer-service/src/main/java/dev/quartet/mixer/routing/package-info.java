/// Takes the policy table of one revision and gives what dispatch runs: per namespace, the actions with their
/// compiled matches, handlers and sinks. Immutable; a new revision is a new table.
@NullMarked
@ApplicationModule(allowedDependencies = {"adapter"})
package dev.quartet.mixer.routing;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
