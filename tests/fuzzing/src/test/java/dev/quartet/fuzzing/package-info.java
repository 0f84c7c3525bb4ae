/// Arbitrary bytes for what reads texts and MCP. A target takes bytes and throws when something does not hold; Jazzer makes the bytes, and every
/// build feeds the seeds and what was once found.
@NullMarked
package dev.quartet.fuzzing;

import org.jspecify.annotations.NullMarked;
