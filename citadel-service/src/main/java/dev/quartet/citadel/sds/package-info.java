/// The door SecretDiscoveryService v3: a proxy's key, chain and roots, and the credentials of gateways, renewed while the stream lives.
/// java-control-plane's server speaks the protocol; what is sent, and when, is decided here.
@NullMarked
@ApplicationModule(
        allowedDependencies = {
            "authenticate",
            "authorize",
            "credential",
            "issue",
            "metrics",
            "root"
        })
package dev.quartet.citadel.sds;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
