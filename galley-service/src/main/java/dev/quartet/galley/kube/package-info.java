/// Takes the apiserver's custom resources, its ConfigMap `istio` and its Services, and gives them as the content of one
/// source, and what its Ingresses are translated to as that of another; the leader tells Ingresses their address. Keeps the
/// last content while the apiserver is away. For analysis it lists Services, pods and namespaces on demand, and for admission it
/// says what is on its way out. Of a batch it takes all in or nothing.
@ApplicationModule(allowedDependencies = {"source", "admission", "batch"})
@NullMarked
package dev.quartet.galley.kube;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
