/// Takes a caller's identity and a public key; gives a certificate chain.
/// A request is read with suspicion, and what was really signed is checked against the profile.
@NullMarked
@ApplicationModule(allowedDependencies = {"root"})
package dev.quartet.citadel.issue;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
