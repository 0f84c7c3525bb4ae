/// A shop of four small services (storefront, details, reviews, ratings) to try a mesh on: one jar, the role by argument.
/// Only the JDK; the application knows nothing of the mesh but the headers it passes on.
@NullMarked
package dev.quartet.bookshop;

import org.jspecify.annotations.NullMarked;
