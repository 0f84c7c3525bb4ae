@NullMarked
package dev.quartet.admin;

import org.jspecify.annotations.NullMarked;
