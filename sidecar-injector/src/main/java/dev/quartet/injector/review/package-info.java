/// Takes an AdmissionReview of a pod, gives the answer.
@ApplicationModule(allowedDependencies = {"pod", "decide", "inject"})
@NullMarked
package dev.quartet.injector.review;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
