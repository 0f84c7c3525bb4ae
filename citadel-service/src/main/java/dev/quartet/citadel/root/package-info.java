/// The root of the mesh: made once, reused at every start.
/// Takes a certificate that is ready but for its signature; gives it signed.
@NullMarked
@ApplicationModule(allowedDependencies = "keep")
package dev.quartet.citadel.root;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
