package dev.quartet.citadel.issue;

import dev.quartet.identity.SpiffeId;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// All that a leaf says.
///
/// @param dnsNames and `ipAddresses`: of the control plane's services; a workload has none
record Template(
        SpiffeId identity,
        PublicKey publicKey,
        BigInteger serial,
        Instant notBefore,
        Instant notAfter,
        List<String> dnsNames,
        List<String> ipAddresses) {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Duration MAX_BACKDATING = Duration.ofMinutes(1);

    Template {
        dnsNames = List.copyOf(dnsNames);
        ipAddresses = List.copyOf(ipAddresses);
    }

    /// A leaf that lives for `life` from `now` on. It is backdated by a minute for peers whose clocks lag, but by a
    /// tenth of a short life at most, so that half-way between its dates is still well before its end.
    ///
    /// @param limit the root's end, which no leaf outlives
    static Template leaf(
            SpiffeId identity, PublicKey key, Instant now, Duration life, Instant limit) {
        var backdating =
                life.dividedBy(10).compareTo(MAX_BACKDATING) < 0
                        ? life.dividedBy(10)
                        : MAX_BACKDATING;
        var end = now.plus(life);
        return new Template(
                identity,
                key,
                new BigInteger(126, RANDOM).setBit(126),
                now.minus(backdating),
                end.isAfter(limit) ? limit : end,
                List.of(),
                List.of());
    }

    Template with(ServingNames.Names names) {
        return new Template(
                identity, publicKey, serial, notBefore, notAfter, names.dns(), names.ips());
    }
}
