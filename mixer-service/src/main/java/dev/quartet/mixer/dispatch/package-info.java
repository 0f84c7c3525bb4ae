/// Takes a request's attributes and gives the verdict on it, or lets the handlers count it: runs the actions of the
/// rules in force whose match holds.
@NullMarked
@ApplicationModule(allowedDependencies = {"adapter", "routing"})
package dev.quartet.mixer.dispatch;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
