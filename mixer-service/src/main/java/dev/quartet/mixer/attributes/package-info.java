/// Takes the messages of stock Envoy's fronts (ext_authz checks, access log entries) and gives each as one bag of
/// Istio's attributes, read from the message when an expression asks. Decides who is believed: a peer's own words
/// count only where its verified certificate says the same.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.quartet.mixer.attributes;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
