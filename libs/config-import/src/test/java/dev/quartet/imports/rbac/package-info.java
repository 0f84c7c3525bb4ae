/// RBAC v1alpha1 and what it becomes are compared by their decisions.
@NullMarked
package dev.quartet.imports.rbac;

import org.jspecify.annotations.NullMarked;
