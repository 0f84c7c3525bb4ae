@NullMarked
package dev.quartet.cli.report;

import org.jspecify.annotations.NullMarked;
