package dev.quartet.pilot.snapshot;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;

/// IP addresses with the same first bits.
///
/// @param length of the part that they have in common, in bits
public record Subnet(InetAddress address, int length) {
    /// @param cidr `10.1.0.0/16`, or one address
    /// @throws IllegalArgumentException when it is neither
    public static Subnet of(String cidr) {
        var slash = cidr.indexOf('/');
        var address = InetAddresses.forString(slash < 0 ? cidr : cidr.substring(0, slash));
        return new Subnet(
                address,
                slash < 0
                        ? address.getAddress().length * Byte.SIZE
                        : Integer.parseInt(cidr.substring(slash + 1)));
    }

    /// Whether all addresses of the other are among its own.
    public boolean contains(Subnet other) {
        var own = address.getAddress();
        var others = other.address.getAddress();
        if (own.length != others.length || length > other.length) {
            return false;
        }
        for (int bit = 0; bit < length; bit++) {
            int mask = 0x80 >> bit % Byte.SIZE;
            if ((own[bit / Byte.SIZE] & mask) != (others[bit / Byte.SIZE] & mask)) {
                return false;
            }
        }
        return true;
    }
}
