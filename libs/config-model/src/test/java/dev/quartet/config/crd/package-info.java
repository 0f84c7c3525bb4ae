/// Makes Kubernetes' CustomResourceDefinitions (`k8s/crds`) from the records.
@NullMarked
package dev.quartet.config.crd;

import org.jspecify.annotations.NullMarked;
