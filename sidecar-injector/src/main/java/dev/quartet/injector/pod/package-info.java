/// The pod as the stages read it: takes the JSON of a pod, or of a workload's pod template, gives typed answers about it. The JSON itself is never changed.
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.quartet.injector.pod;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
