@NullMarked
package dev.quartet.cli.command;

import org.jspecify.annotations.NullMarked;
