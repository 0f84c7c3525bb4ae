/// REST's changes in a cluster: takes them, has the desk judge them as a whole, and writes the objects to the apiserver as
/// one batch; the leader takes back what nobody finishes, and records what came into force.
@ApplicationModule(
        allowedDependencies = {
            "source",
            "process",
            "history",
            "change",
            "admission",
            "kube",
            "batch"
        })
@NullMarked
package dev.quartet.galley.cluster;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
