@NullMarked
package dev.quartet.benchmarks;

import org.jspecify.annotations.NullMarked;
