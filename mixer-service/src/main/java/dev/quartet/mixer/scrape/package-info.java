/// Takes the series store and shows it on a port of its own, for a Prometheus that scrapes instead of being pushed to.
@NullMarked
@ApplicationModule(allowedDependencies = {"adapter :: prometheus"})
package dev.quartet.mixer.scrape;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
