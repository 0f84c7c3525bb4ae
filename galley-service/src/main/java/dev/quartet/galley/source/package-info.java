/// Takes what users wrote (built-in defaults, a watched directory, REST applies kept in the state folder) and gives it
/// as read resources with their positions and problems. Each source keeps its last good content.
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.quartet.galley.source;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
