/// Who a proxy is: takes Envoy's node and the verified certificate, gives a [Proxy] whose identity is the certificate's.
/// Imports no other stage.
@ApplicationModule(allowedDependencies = {})
@NullMarked
package dev.quartet.pilot.node;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
