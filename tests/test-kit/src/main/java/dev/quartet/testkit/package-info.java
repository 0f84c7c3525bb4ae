/// What tests of several modules need: golden cases, free ports, a settable clock, and real parts as processes (Envoy,
/// Prometheus, a load client). For tests only; each thing started here is stopped by its `close()`.
@NullMarked
package dev.quartet.testkit;

import org.jspecify.annotations.NullMarked;
