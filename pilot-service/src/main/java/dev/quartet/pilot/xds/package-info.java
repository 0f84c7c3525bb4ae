/// From resources to wire: takes a [dev.quartet.pilot.translate.ProxyConfig] per proxy and brings Envoy there by ADS,
/// make before break, with ACK and NACK; gives what each proxy holds.
@ApplicationModule(allowedDependencies = {"translate", "node"})
@NullMarked
package dev.quartet.pilot.xds;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
