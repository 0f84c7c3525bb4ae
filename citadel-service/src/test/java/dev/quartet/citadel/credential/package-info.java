@NullMarked
package dev.quartet.citadel.credential;

import org.jspecify.annotations.NullMarked;
