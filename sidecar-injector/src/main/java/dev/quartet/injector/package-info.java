/// The sidecar injector: pods get `istio-init` and `istio-proxy`. [Pipeline] is the data flow; the packages are its stages.
@NullMarked
package dev.quartet.injector;

import org.jspecify.annotations.NullMarked;
