/// Galley: config from files and REST, validated, published as whole revisions by MCP; and what became of them.
/// [dev.quartet.galley.Pipeline] wires the stages in flow order.
@NullMarked
package dev.quartet.galley;

import org.jspecify.annotations.NullMarked;
