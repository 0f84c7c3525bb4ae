/// `mesh-init.sh` as a program: its arguments and rules by tables and golden files, its effect by real packets between network namespaces.
@NullMarked
package dev.quartet.meshinit;

import org.jspecify.annotations.NullMarked;
