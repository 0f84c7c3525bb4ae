/// The kinds of `authentication.istio.io`: Istio 1.4's policies of who must prove what.
@NullMarked
package dev.quartet.config.authentication;

import org.jspecify.annotations.NullMarked;
