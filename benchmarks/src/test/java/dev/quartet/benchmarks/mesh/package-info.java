@NullMarked
package dev.quartet.benchmarks.mesh;

import org.jspecify.annotations.NullMarked;
