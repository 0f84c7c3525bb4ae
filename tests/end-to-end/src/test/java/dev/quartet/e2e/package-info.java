/// The whole suite in front of stock Envoys, driven as a user drives it: by the `mesh` command, HTTP requests and Prometheus.
@NullMarked
package dev.quartet.e2e;

import org.jspecify.annotations.NullMarked;
