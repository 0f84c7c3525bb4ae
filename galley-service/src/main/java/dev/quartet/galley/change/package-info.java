/// Takes changes (a REST apply or delete, an edited file), decides them as a whole, and gives a new revision or a refusal.
/// The one place where Galley's config moves.
@NullMarked
@ApplicationModule(allowedDependencies = {"source", "process", "snapshot", "history"})
package dev.quartet.galley.change;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
