/// The same jar as a command: tokens and trust folders, without a running Citadel and without Spring.
/// Takes arguments; gives files, or a token on standard output.
@NullMarked
@ApplicationModule(allowedDependencies = {"root", "token"})
package dev.quartet.citadel.command;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
