/// The commands, one class each: arguments in, calls to the other packages, output.
@NullMarked
package dev.quartet.cli.command;

import org.jspecify.annotations.NullMarked;
