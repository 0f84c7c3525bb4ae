/// Shows people what the stages have: REST under `/admin/v1`, the sections of the status, readiness.
@NullMarked
@ApplicationModule(allowedDependencies = {"adapter", "adapter :: prometheus", "config", "push"})
package dev.quartet.mixer.admin;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
