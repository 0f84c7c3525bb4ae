/// Where the root and the token key are kept beyond the life of a process. Takes what to keep, gives what is kept.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.quartet.citadel.keep;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
