/// A service as a member of its mesh: its identity and its way to Galley, from the settings that are the same for all.
/// Gives what a `Pipeline` wires; nothing here starts by itself.
@NullMarked
package dev.quartet.admin.mesh;

import org.jspecify.annotations.NullMarked;
