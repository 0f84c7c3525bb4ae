/// What the records say about themselves beyond their types: the annotations that readers, checks and documents
/// are driven by.
@NullMarked
package dev.quartet.config.schema;

import org.jspecify.annotations.NullMarked;
