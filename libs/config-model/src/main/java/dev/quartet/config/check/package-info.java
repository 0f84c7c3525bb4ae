/// Judges resources: each by its kind's rules, and all of them together. Takes resources that were read, gives problems.
@NullMarked
package dev.quartet.config.check;

import org.jspecify.annotations.NullMarked;
