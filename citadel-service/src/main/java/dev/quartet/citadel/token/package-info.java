/// Bearer tokens of Citadel's own signing: the first credential of services, the standing one of proxies.
/// Gives tokens, folders of them that stay fresh, and the verdict on a token that was shown.
@NullMarked
@ApplicationModule(allowedDependencies = "keep")
package dev.quartet.citadel.token;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
