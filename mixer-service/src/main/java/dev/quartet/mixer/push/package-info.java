/// Takes the series store and gives Prometheus its current values by remote write, every few seconds.
/// An outage loses no count: values are cumulative, so the next push that arrives carries what the lost ones would have.
@NullMarked
@ApplicationModule(allowedDependencies = {"adapter", "adapter :: prometheus"})
package dev.quartet.mixer.push;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
