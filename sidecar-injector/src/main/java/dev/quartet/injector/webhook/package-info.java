/// The HTTPS door of kube-apiserver: takes POST /inject, gives the answer of the review stage. Opens when there is a certificate.
@ApplicationModule(allowedDependencies = {"review"})
@NullMarked
package dev.quartet.injector.webhook;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
