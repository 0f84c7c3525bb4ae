/// What is measured: service processes, the config they are fed with, and what the kernel says they cost.
@NullMarked
package dev.quartet.benchmarks.mesh;

import org.jspecify.annotations.NullMarked;
