@NullMarked
package dev.quartet.policy;

import org.jspecify.annotations.NullMarked;
