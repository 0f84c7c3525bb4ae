/// What people ask Pilot: takes the state of proxies and config, gives JSON.
@ApplicationModule(
        allowedDependencies = {
            "explain",
            "xds",
            "node",
            "translate",
            "snapshot",
            "status",
            "trial",
            "ingest",
            "patch"
        })
@NullMarked
package dev.quartet.pilot.admin;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
