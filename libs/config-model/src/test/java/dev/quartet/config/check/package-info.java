/// Holds the rules to their cases.
@NullMarked
package dev.quartet.config.check;

import org.jspecify.annotations.NullMarked;
