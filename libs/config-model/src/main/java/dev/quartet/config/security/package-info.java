/// The kinds of `security.istio.io`: who may talk, and how it is proved.
@NullMarked
package dev.quartet.config.security;

import org.jspecify.annotations.NullMarked;
