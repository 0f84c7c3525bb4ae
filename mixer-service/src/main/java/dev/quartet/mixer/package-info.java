/// Mixer: decides over requests and counts them, for stock Envoys. [MixerApplication] starts it, `Pipeline` wires its
/// stages in the order of the data flow.
@NullMarked
package dev.quartet.mixer;

import org.jspecify.annotations.NullMarked;
