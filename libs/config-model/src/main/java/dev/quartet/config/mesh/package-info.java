/// Settings that hold for the whole mesh.
@NullMarked
package dev.quartet.config.mesh;

import org.jspecify.annotations.NullMarked;
