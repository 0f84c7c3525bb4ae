@NullMarked
package dev.quartet.expressions;

import org.jspecify.annotations.NullMarked;
