/// Galley's REST doors under `/admin/v1`: apply, put, delete, get, validate, analyze, revisions, status and wait.
@NullMarked
@ApplicationModule(
        allowedDependencies = {
            "source",
            "process",
            "snapshot",
            "history",
            "change",
            "mcp",
            "status"
        })
package dev.quartet.galley.admin;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
