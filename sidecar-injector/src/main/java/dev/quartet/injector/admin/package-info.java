/// What the injector adds to REST admin: injection of manifests for people and the CLI.
@ApplicationModule(allowedDependencies = {"manifest", "inject"})
@NullMarked
package dev.quartet.injector.admin;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
