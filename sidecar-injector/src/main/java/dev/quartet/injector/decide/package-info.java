/// Takes a pod, gives whether it gets a sidecar, and if not, why.
@ApplicationModule(allowedDependencies = {"pod"})
@NullMarked
package dev.quartet.injector.decide;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
