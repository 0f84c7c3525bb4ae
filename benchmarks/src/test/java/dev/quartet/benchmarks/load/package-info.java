@NullMarked
package dev.quartet.benchmarks.load;

import org.jspecify.annotations.NullMarked;
