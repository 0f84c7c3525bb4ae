/// Citadel's counters under Istio 1.4's names, and those of SDS.
/// Every stage counts here; Prometheus reads.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.quartet.citadel.metrics;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
