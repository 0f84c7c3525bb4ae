/// Processes of the local mesh: started detached from the terminal, found again by pid and start time, stopped by these alone.
@NullMarked
package dev.quartet.cli.process;

import org.jspecify.annotations.NullMarked;
