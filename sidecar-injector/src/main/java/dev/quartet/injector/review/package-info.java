/// Takes an AdmissionReview (v1 or v1beta1) as bytes, gives the answer as bytes, or a refusal with its HTTP status.
@ApplicationModule(allowedDependencies = {"pod", "decide", "inject"})
@NullMarked
package dev.quartet.injector.review;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
