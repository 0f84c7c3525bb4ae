/// The webhooks' entry in the cluster: gives the ValidatingWebhookConfiguration as it is when it is new.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.quartet.galley.register;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
