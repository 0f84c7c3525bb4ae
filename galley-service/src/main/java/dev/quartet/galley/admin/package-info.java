/// Galley's REST doors under `/admin/v1`: apply, delete, get, validate, analyze, status and wait.
@NullMarked
@ApplicationModule(
        allowedDependencies = {"source", "process", "snapshot", "change", "mcp", "status"})
package dev.quartet.galley.admin;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
