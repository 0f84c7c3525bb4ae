/// Kubernetes as the services see it: [Mirror] holds the objects of a type, [Leadership] says who may act, and
/// [LeaderWrites] refuses the writes of a leader that is none any more. On fabric8's client; no Spring.
@NullMarked
package dev.quartet.kube;

import org.jspecify.annotations.NullMarked;
