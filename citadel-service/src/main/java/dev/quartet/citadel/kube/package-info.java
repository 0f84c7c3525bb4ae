/// Kubernetes, where Citadel runs on it: judges service-account tokens by TokenReview, keeps root and token key in
/// Secrets, and gives the root's certificate to every namespace.
@NullMarked
@ApplicationModule(allowedDependencies = {"authenticate", "keep", "metrics", "token"})
package dev.quartet.citadel.kube;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
