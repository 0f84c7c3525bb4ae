/// The door istio.v1.auth.IstioCertificateService: a request comes in, a chain goes out.
/// Identity comes from authentication, never from the request.
@NullMarked
@ApplicationModule(allowedDependencies = {"authenticate", "authorize", "issue", "metrics"})
package dev.quartet.citadel.csr;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
