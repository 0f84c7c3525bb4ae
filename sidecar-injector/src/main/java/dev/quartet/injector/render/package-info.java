/// Takes a pod and the mesh's settings, gives what is added to it: containers, volume, labels, annotations. Pure; the proxy's bootstrap comes from libs/envoy-bootstrap.
@ApplicationModule(allowedDependencies = {"pod"})
@NullMarked
package dev.quartet.injector.render;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
