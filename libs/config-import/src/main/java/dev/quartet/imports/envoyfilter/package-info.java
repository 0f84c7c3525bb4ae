/// EnvoyFilters in the form of `filters` become those with `configPatches`.
@NullMarked
package dev.quartet.imports.envoyfilter;

import org.jspecify.annotations.NullMarked;
