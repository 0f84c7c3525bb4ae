/// Measures the suite, one class per area, and compares each figure with its goal. Takes built jars, gives a table and JSON.
@NullMarked
package dev.quartet.benchmarks;

import org.jspecify.annotations.NullMarked;
