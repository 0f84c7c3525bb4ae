/// Many proxies in one process: streams that speak ADS as Envoy does, at the least cost, and say when all have ACKed.
@NullMarked
package dev.quartet.benchmarks.load;

import org.jspecify.annotations.NullMarked;
