/// Takes the reports of Pilots, Mixers and Citadels and gives what has become of a revision: in force on n of m proxies.
@NullMarked
@ApplicationModule(allowedDependencies = {"snapshot"})
package dev.quartet.galley.status;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
