@NullMarked
package dev.quartet.admin.mesh;

import org.jspecify.annotations.NullMarked;
