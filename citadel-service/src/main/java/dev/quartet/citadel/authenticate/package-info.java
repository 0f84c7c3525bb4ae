/// Takes a gRPC call; gives the [dev.quartet.citadel.authenticate.Caller], proved by certificate or token.
/// A call that proves nothing ends here, before its first message is read.
@NullMarked
@ApplicationModule(allowedDependencies = {"token", "metrics"})
package dev.quartet.citadel.authenticate;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
