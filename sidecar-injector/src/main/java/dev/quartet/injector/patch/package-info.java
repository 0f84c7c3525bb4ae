/// Takes a pod and what is added to it, gives a JSON patch (RFC 6902) of additions, and applies one.
@ApplicationModule(allowedDependencies = {"pod", "render"})
@NullMarked
package dev.quartet.injector.patch;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
