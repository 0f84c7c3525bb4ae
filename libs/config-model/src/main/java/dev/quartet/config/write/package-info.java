/// From resources to text: canonical JSON, the same bytes for the same content, and YAML for people.
@NullMarked
package dev.quartet.config.write;

import org.jspecify.annotations.NullMarked;
