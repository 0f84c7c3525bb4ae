/// What a proven caller may have: certificates and secrets of its own identity and nobody else's.
/// Takes a caller and what it asks for or claims; gives a decision with its reason.
@NullMarked
@ApplicationModule(allowedDependencies = {"authenticate", "credential"})
package dev.quartet.citadel.authorize;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
