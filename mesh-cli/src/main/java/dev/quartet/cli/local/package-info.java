/// The mesh on one machine: takes options and jars, gives the plan of processes with their ports, files and flags, and runs it.
@NullMarked
package dev.quartet.cli.local;

import org.jspecify.annotations.NullMarked;
