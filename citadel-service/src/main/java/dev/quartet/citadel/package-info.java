/// Citadel: the certificate authority of the mesh. It needs no other service.
///
/// ```
/// call ─▶ authenticate ─▶ authorize ─▶ csr ─▶ issue (root) ─▶ chain
///                                  └─▶ sds ─▶ issue (root) ─▶ key, chain and roots, renewed
/// command ─▶ token, root ─▶ files
/// ```
@NullMarked
package dev.quartet.citadel;

import org.jspecify.annotations.NullMarked;
