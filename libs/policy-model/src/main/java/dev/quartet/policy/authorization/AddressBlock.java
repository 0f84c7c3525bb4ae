package dev.quartet.policy.authorization;

import java.net.InetAddress;
import java.util.Optional;

/// Addresses with the same first bits.
///
/// @param length in bits
public record AddressBlock(InetAddress address, int length) {
    /// @param text `10.1.0.0/16`, or one address
    public static Optional<AddressBlock> parse(String text) {
        int slash = text.indexOf('/');
        try {
            var address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
            int most = address.getAddress().length * Byte.SIZE;
            int length = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
            return length >= 0 && length <= most
                    ? Optional.of(new AddressBlock(address, length))
                    : Optional.empty();
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /// Whether all addresses of the other are among its own.
    public boolean contains(AddressBlock other) {
        return length <= other.length && contains(other.address);
    }

    public boolean contains(InetAddress one) {
        var own = address.getAddress();
        var others = one.getAddress();
        if (own.length != others.length) {
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
