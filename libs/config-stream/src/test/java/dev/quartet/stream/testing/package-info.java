/// A Galley for the tests of those who take config from it.
@NullMarked
package dev.quartet.stream.testing;

import org.jspecify.annotations.NullMarked;
