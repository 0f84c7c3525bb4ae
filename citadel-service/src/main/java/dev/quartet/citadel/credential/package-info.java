/// The certificates, keys and authorities that gateways show and check callers by: read with suspicion, kept in their last good form.
/// Takes PEM from a folder, REST or Secrets; gives a credential to whom it is for, or says why not.
@NullMarked
@ApplicationModule(allowedDependencies = {"metrics"})
package dev.quartet.citadel.credential;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
