/// Imports are shown by cases: what a user has, what it becomes, and what he is told.
@NullMarked
package dev.quartet.imports;

import org.jspecify.annotations.NullMarked;
