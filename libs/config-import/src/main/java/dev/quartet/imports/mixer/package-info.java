/// Mixer's kinds per adapter and per template become handlers and instances, and rules name these.
@NullMarked
package dev.quartet.imports.mixer;

import org.jspecify.annotations.NullMarked;
