/// Takes AdmissionReviews of config objects, gives kube-apiserver the answer: allowed, or denied with the problems that
/// files and REST have too.
@NullMarked
@ApplicationModule(allowedDependencies = {"source", "change"})
package dev.quartet.galley.admission;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
