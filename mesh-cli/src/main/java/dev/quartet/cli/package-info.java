/// The `mesh` command: what it can do stands in [dev.quartet.cli.command], one class per command. A user's mistake is a
/// [dev.quartet.cli.Failure], printed as two lines; anything else is a bug and keeps its stack trace.
@NullMarked
package dev.quartet.cli;

import org.jspecify.annotations.NullMarked;
