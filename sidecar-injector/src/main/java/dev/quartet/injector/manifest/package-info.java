/// Takes YAML documents of pods and workloads, gives the same documents with sidecars. Usable without a server.
@ApplicationModule(allowedDependencies = {"pod", "decide", "inject", "patch"})
@NullMarked
package dev.quartet.injector.manifest;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
