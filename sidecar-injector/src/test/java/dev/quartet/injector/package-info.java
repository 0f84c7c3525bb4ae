@NullMarked
package dev.quartet.injector;

import org.jspecify.annotations.NullMarked;
