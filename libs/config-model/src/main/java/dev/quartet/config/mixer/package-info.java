/// The kinds of `config.istio.io`: rules, handlers and instances, with their parameters as generic trees.
@NullMarked
package dev.quartet.config.mixer;

import org.jspecify.annotations.NullMarked;
