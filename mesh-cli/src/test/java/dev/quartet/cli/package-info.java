@NullMarked
package dev.quartet.cli;

import org.jspecify.annotations.NullMarked;
