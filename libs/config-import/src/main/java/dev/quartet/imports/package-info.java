/// Turns what other meshes and Kubernetes have, and this mesh has no kind for, into documents of today's kinds. No Spring,
/// no network, no cluster: objects in, documents and problems out.
@NullMarked
package dev.quartet.imports;

import org.jspecify.annotations.NullMarked;
