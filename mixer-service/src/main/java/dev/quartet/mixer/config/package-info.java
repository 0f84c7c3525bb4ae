/// Takes whole revisions from Galley and puts each in force: rules, handlers and instances become a routing table for
/// dispatch. Says back which revision works here and what is wrong with it.
@NullMarked
@ApplicationModule(allowedDependencies = {"adapter", "dispatch", "routing"})
package dev.quartet.mixer.config;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
