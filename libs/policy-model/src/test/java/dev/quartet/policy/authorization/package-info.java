@NullMarked
package dev.quartet.policy.authorization;

import org.jspecify.annotations.NullMarked;
