package dev.quartet.citadel.issue;

import dev.quartet.identity.KeyMaterial;
import dev.quartet.identity.SpiffeId;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Citadel's own certificate: its SPIFFE id for the mesh, and DNS and IP names for clients that check those. Renewed
/// at half life by the first handshake that asks. Thread-safe.
public final class ServingCertificate {

    private static final List<String> DNS_NAMES =
            List.of(
                    "localhost",
                    "istio-citadel",
                    "istio-citadel.istio-system",
                    "istio-citadel.istio-system.svc",
                    "istio-citadel.istio-system.svc.cluster.local");
    private static final List<String> IP_ADDRESSES = List.of("127.0.0.1", "::1");
    private static final Pattern IP = Pattern.compile("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

    private final CertificateIssuer issuer;
    private final SpiffeId identity;
    private final List<String> dnsNames;
    private final List<String> ipAddresses;
    private final Clock clock;
    private volatile @Nullable KeyMaterial current;

    /// @param furtherNames DNS names and IP addresses to add
    public ServingCertificate(
            CertificateIssuer issuer, SpiffeId identity, List<String> furtherNames, Clock clock) {
        this.issuer = issuer;
        this.identity = identity;
        this.clock = clock;
        var dns = new LinkedHashSet<>(DNS_NAMES);
        var ips = new LinkedHashSet<>(IP_ADDRESSES);
        furtherNames.forEach(name -> (IP.matcher(name).matches() ? ips : dns).add(name));
        this.dnsNames = new ArrayList<>(dns);
        this.ipAddresses = new ArrayList<>(ips);
    }

    public KeyMaterial current() {
        var seen = current;
        if (seen != null && clock.instant().isBefore(seen.renewAt(0.5))) {
            return seen;
        }
        return renewed();
    }

    private synchronized KeyMaterial renewed() {
        var seen = current;
        if (seen != null && clock.instant().isBefore(seen.renewAt(0.5))) {
            return seen;
        }
        var next = issuer.issueServing(identity, dnsNames, ipAddresses);
        current = next;
        return next;
    }
}
