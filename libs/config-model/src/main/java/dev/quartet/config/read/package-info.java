/// From text to resources: YAML and JSON become one tree with line numbers, and the records say what may stand in it.
/// Gives every resource that fits and every problem of those that do not.
@NullMarked
package dev.quartet.config.read;

import org.jspecify.annotations.NullMarked;
