package dev.quartet.pilot.ingest;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/// Which IP addresses are anybody's: none of a host's own, of a private network, or of a cloud's metadata service.
final class PublicAddresses {
    /// @param bits how many of the address's first ones count
    private record Range(byte[] address, int bits) {
        static Range of(String text) {
            var slash = text.indexOf('/');
            return new Range(
                    InetAddress.ofLiteral(text.substring(0, slash)).getAddress(),
                    Integer.parseInt(text.substring(slash + 1)));
        }

        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                var mask = 0x80 >> bit % Byte.SIZE;
                if ((address[bit / Byte.SIZE] & mask) != (other[bit / Byte.SIZE] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    /// IANA's special-purpose registries (RFC 6890 and what has been added), multicast, and the address of Azure's host agent.
    private static final List<Range> OTHERS =
            List.of(
                            "0.0.0.0/8",
                            "10.0.0.0/8",
                            "100.64.0.0/10",
                            "127.0.0.0/8",
                            "168.63.129.16/32",
                            "169.254.0.0/16",
                            "172.16.0.0/12",
                            "192.0.0.0/24",
                            "192.0.2.0/24",
                            "192.168.0.0/16",
                            "198.18.0.0/15",
                            "198.51.100.0/24",
                            "203.0.113.0/24",
                            "224.0.0.0/4",
                            "240.0.0.0/4",
                            "::/96",
                            "64:ff9b:1::/48",
                            "100::/64",
                            "2001::/23",
                            "2001:db8::/32",
                            "fc00::/7",
                            "fe80::/10",
                            "fec0::/10",
                            "ff00::/8")
                    .stream()
                    .map(Range::of)
                    .toList();

    /// Those that have an IPv4 address in them, and where: NAT64 (RFC 6052) and 6to4 (RFC 3056).
    private static final Range NAT64 = Range.of("64:ff9b::/96");

    private static final Range SIX_TO_FOUR = Range.of("2002::/16");

    private static final int IPV4_LENGTH = 4;

    private PublicAddresses() {}

    static boolean has(InetAddress address) {
        var bytes = address.getAddress();
        if (NAT64.contains(bytes)) {
            return isPublic(ipv4(bytes, 12));
        }
        return SIX_TO_FOUR.contains(bytes) ? isPublic(ipv4(bytes, 2)) : isPublic(bytes);
    }

    private static byte[] ipv4(byte[] bytes, int from) {
        return Arrays.copyOfRange(bytes, from, from + IPV4_LENGTH);
    }

    private static boolean isPublic(byte[] bytes) {
        return OTHERS.stream().noneMatch(range -> range.contains(bytes));
    }
}
