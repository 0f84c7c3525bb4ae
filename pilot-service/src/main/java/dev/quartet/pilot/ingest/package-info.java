/// What comes in: whole config revisions by MCP, proxies that register themselves, and where issuers' hosts are; gives [MeshInputs], the
/// newest first, later ones of a burst merged.
@ApplicationModule(allowedDependencies = {"node", "patch"})
@NullMarked
package dev.quartet.pilot.ingest;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
