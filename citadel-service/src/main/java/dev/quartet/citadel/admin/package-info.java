/// REST: what was issued, the root, and the credentials of gateways.
/// Shows no key; writes credentials only.
@NullMarked
@ApplicationModule(allowedDependencies = {"credential", "issue", "root"})
package dev.quartet.citadel.admin;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
