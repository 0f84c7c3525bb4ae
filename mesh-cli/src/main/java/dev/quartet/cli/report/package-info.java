/// The project's tests: takes the parts that a user names, gives what to run and makes ready what that stands on; then takes the
/// reports of Maven's plugins, gives one sum with failures and reasons of skips.
@NullMarked
package dev.quartet.cli.report;

import org.jspecify.annotations.NullMarked;
