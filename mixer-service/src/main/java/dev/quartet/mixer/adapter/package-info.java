/// What an adapter is to Mixer: it takes a handler's settings and gives a handler, which answers checks or takes
/// reports. Each adapter is one package below this one and one line of `Pipeline`.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.quartet.mixer.adapter;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
