/// Kubernetes, where Citadel runs on it: judges service-account tokens by TokenReview, keeps root and token key in
/// Secrets, gives the root's certificate to every namespace, and gateways the Secrets that they may read.
@NullMarked
@ApplicationModule(allowedDependencies = {"authenticate", "credential", "keep", "metrics", "token"})
package dev.quartet.citadel.kube;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
