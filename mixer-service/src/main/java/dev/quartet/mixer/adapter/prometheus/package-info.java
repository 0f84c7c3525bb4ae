/// The prometheus adapter: takes the values of metric instances and keeps them as counters, gauges and distributions
/// per label set. [SeriesStore] is what `push` delivers and what port 42422 shows.
@NullMarked
@NamedInterface("prometheus")
package dev.quartet.mixer.adapter.prometheus;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
