/// RBAC v1alpha1 becomes AuthorizationPolicies. Nothing that is not allowed before is allowed after.
@NullMarked
package dev.quartet.imports.rbac;

import org.jspecify.annotations.NullMarked;
