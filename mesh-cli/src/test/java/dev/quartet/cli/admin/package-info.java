@NullMarked
package dev.quartet.cli.admin;

import org.jspecify.annotations.NullMarked;
