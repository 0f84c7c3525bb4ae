@NullMarked
package dev.quartet.config.analyze;

import org.jspecify.annotations.NullMarked;
