/// A certificate authority, a clock and a small Citadel for the tests of every module.
@NullMarked
package dev.quartet.identity.testing;

import org.jspecify.annotations.NullMarked;
