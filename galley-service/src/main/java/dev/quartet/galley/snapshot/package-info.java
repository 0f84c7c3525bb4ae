/// Takes the judged config's resources and gives immutable revisions, named by a hash of their content, in the form in
/// which MCP sends them.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.quartet.galley.snapshot;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
