@NullMarked
package dev.quartet.cli.process;

import org.jspecify.annotations.NullMarked;
