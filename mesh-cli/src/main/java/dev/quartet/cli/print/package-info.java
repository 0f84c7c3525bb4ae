/// What people and programs see: tables, stages, JSON. Nothing that comes from outside reaches a terminal with its control signs.
@NullMarked
package dev.quartet.cli.print;

import org.jspecify.annotations.NullMarked;
