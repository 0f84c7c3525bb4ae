/// Takes the verdict on each object of a cluster and the reports of Pilots and Mixers, and writes both into the object's
/// `.status`, from the replica that leads.
@ApplicationModule(allowedDependencies = {"change", "process", "status", "kube"})
@NullMarked
package dev.quartet.galley.conditions;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
