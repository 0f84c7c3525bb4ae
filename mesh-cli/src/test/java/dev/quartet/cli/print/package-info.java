@NullMarked
package dev.quartet.cli.print;

import org.jspecify.annotations.NullMarked;
