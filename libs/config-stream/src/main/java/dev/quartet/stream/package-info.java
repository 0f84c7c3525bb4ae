/// The sink's side of Quartet's config: takes whole revisions from Galley by MCP, keeps the last good one on
/// disk, and tells Galley what became of it. Knows nothing of what a resource means.
@NullMarked
package dev.quartet.stream;

import org.jspecify.annotations.NullMarked;
