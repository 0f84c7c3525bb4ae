/// Makes what follows from the records: Kubernetes' CustomResourceDefinitions (`k8s/crds`) and the pages of `docs/reference`.
@NullMarked
package dev.quartet.config.crd;

import org.jspecify.annotations.NullMarked;
