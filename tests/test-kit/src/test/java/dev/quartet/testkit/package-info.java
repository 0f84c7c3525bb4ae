@NullMarked
package dev.quartet.testkit;

import org.jspecify.annotations.NullMarked;
