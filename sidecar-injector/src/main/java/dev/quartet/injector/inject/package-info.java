/// decide, render and patch in one call: what the webhook and the manifests share.
@ApplicationModule(allowedDependencies = {"pod", "decide", "render", "patch"})
@NullMarked
package dev.quartet.injector.inject;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
