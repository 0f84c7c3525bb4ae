/// Cases that show by real requests through a stock Envoy what a user's config does, and which fields have one.
@NullMarked
package dev.quartet.pilot.traffic;

import org.jspecify.annotations.NullMarked;
