/// REST: what was issued, and the root.
/// Reads only.
@NullMarked
@ApplicationModule(allowedDependencies = {"issue", "root"})
package dev.quartet.citadel.admin;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
