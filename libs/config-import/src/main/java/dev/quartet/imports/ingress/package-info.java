/// Takes Ingresses as Kubernetes has them, and gives the Gateways and VirtualServices that do the same, with all that is wrong
/// in words of the Ingress. Pure functions on config-model: Galley and the command line use the same ones.
@NullMarked
package dev.quartet.imports.ingress;

import org.jspecify.annotations.NullMarked;
