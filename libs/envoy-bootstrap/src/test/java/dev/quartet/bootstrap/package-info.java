@NullMarked
package dev.quartet.bootstrap;

import org.jspecify.annotations.NullMarked;
