/// What comes in: whole config revisions by MCP and proxies that register themselves; gives [MeshInputs], the
/// newest first, later ones of a burst merged.
@ApplicationModule(allowedDependencies = {"node", "patch"})
@NullMarked
package dev.quartet.pilot.ingest;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
