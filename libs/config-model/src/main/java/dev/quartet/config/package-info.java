/// What a user can say to the mesh: resource kinds as records, and what can be wrong with them.
/// No Spring, Kubernetes or Envoy here.
@NullMarked
package dev.quartet.config;

import org.jspecify.annotations.NullMarked;
