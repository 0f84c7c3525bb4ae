/// Takes each config that comes into force, with who made it so, and gives what was in force before and how two of them
/// differ. Kept in the state folder, the last ones only.
@NullMarked
@ApplicationModule(allowedDependencies = {"source", "process"})
package dev.quartet.galley.history;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
