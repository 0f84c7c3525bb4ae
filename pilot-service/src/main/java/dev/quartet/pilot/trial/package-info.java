/// What a change of the config would do: takes the newest inputs and documents that nobody has applied, gives what each
/// proxy's config would gain, change and lose. Nothing of it reaches a proxy.
@ApplicationModule(allowedDependencies = {"ingest", "snapshot", "translate", "node"})
@NullMarked
package dev.quartet.pilot.trial;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
