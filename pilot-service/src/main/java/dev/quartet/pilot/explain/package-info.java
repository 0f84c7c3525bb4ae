/// Why a request goes where it goes: takes the config of the proxies that it meets, gives an [Explanation]. Walks through
/// the very Envoy resources that a proxy gets, as Envoy does, and asks [dev.quartet.pilot.translate.Provenance] what each comes from.
@ApplicationModule(allowedDependencies = {"translate", "snapshot", "node"})
@NullMarked
package dev.quartet.pilot.explain;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
