/// Takes revisions and gives them to sinks by MCP, as differences, one push at a time for each sink and collection.
@NullMarked
@ApplicationModule(allowedDependencies = {"snapshot"})
package dev.quartet.galley.mcp;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
