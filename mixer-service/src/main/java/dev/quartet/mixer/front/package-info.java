/// Takes what stock Envoys send (ext_authz checks, access log streams) over mutual TLS, and gives them the verdicts of
/// dispatch. Who calls is who the certificate says; a proxy that claims to be another is refused.
@NullMarked
@ApplicationModule(allowedDependencies = {"attributes", "dispatch"})
package dev.quartet.mixer.front;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
