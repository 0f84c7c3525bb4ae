/// A proxy's bootstrap from one description of the proxy ([BootstrapSpec]), the same for local mode, compose and the injector.
/// No agent runs beside Envoy, so what stands here is complete: identity by SDS from Citadel, everything else by delta ADS from Pilot, readiness and metrics by a static listener.
@NullMarked
package dev.quartet.bootstrap;

import org.jspecify.annotations.NullMarked;
