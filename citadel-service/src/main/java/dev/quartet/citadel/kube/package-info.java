/// Kubernetes, where Citadel runs on it: judges service-account tokens by TokenReview.
@NullMarked
@ApplicationModule(allowedDependencies = {"authenticate", "metrics", "token"})
package dev.quartet.citadel.kube;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
