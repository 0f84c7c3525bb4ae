/// A change of several objects of a cluster as one: the record of it, which all Galleys of the cluster can read, and the
/// barrier that keeps each of them from taking in a part of it.
@ApplicationModule(allowedDependencies = {"history"})
@NullMarked
package dev.quartet.galley.batch;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
