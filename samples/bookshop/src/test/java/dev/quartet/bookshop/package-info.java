@NullMarked
package dev.quartet.bookshop;

import org.jspecify.annotations.NullMarked;
