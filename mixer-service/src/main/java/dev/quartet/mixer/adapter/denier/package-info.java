/// The denier adapter: takes a check and gives the refusal that its settings hold.
@NullMarked
@NamedInterface("denier")
package dev.quartet.mixer.adapter.denier;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
