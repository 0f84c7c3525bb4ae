/// The door SecretDiscoveryService v3: a proxy's key, chain and roots, renewed while its stream lives.
/// java-control-plane's server speaks the protocol; what is sent, and when, is decided here.
@NullMarked
@ApplicationModule(allowedDependencies = {"authenticate", "authorize", "issue", "metrics", "root"})
package dev.quartet.citadel.sds;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
