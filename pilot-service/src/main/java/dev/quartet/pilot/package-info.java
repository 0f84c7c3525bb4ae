/// Pilot: config and workloads in, xDS out. Each sub-package is one stage, in the order of [Pipeline].
@NullMarked
package dev.quartet.pilot;

import org.jspecify.annotations.NullMarked;
