/// Looks at all resources together with what is known of services, workloads, namespaces and secrets around them, and gives
/// what is probably not meant: one class per sort of mistake. What needs to know something that is not known stays silent.
@NullMarked
package dev.quartet.config.analyze;

import org.jspecify.annotations.NullMarked;
