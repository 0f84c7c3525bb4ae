/// Mixer's rules, handlers and instances as one table: references resolved, parameters typed, expressions compiled, and
/// for each rule the answer to where it can match. What is wrong is a problem; what protects stays and denies.
@NullMarked
package dev.quartet.policy;

import org.jspecify.annotations.NullMarked;
