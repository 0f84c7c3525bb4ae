@NullMarked
package dev.quartet.citadel.kube;

import org.jspecify.annotations.NullMarked;
