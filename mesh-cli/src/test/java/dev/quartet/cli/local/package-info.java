@NullMarked
package dev.quartet.cli.local;

import org.jspecify.annotations.NullMarked;
