/// A service as a member of its mesh: its identity and its way to Galley, from the settings that are the same for all.
/// Gives what a `Pipeline` wires; of itself it only shows when the certificate expires, as a metric.
@NullMarked
package dev.quartet.admin.mesh;

import org.jspecify.annotations.NullMarked;
