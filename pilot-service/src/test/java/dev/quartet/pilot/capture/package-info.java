/// Traffic that iptables hand to the proxy, in a network namespace of its own.
@NullMarked
package dev.quartet.pilot.capture;

import org.jspecify.annotations.NullMarked;
