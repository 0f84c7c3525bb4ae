/// The webhook's entry in the cluster: takes the certificates that kube-apiserver must trust, gives the
/// MutatingWebhookConfiguration, made and kept right by the leader.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.quartet.injector.register;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
