package dev.quartet.mixer.attributes;

import dev.quartet.identity.SpiffeId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Reads certificates' URIs and peer headers, and remembers what it read: a mesh has few peers and each speaks often.
/// Bounded, also when someone sends a new header with each request. Thread-safe.
///
/// The peer header `x-quartet-peer` is what a client's sidecar says of itself:
/// `workload=storefront-v1;namespace=shop;app=storefront;version=v1;service_account=storefront;uid=storefront-v1-1.shop`.
/// An application without a sidecar, or a proxy of another identity, can send anything there.
public final class Peers {
    private static final int REMEMBERED = 4_096;
    private static final int LONGEST_HEADER = 2_048;

    private final String trustDomain;
    private final Map<String, Optional<Principal>> principals = new ConcurrentHashMap<>();
    private final Map<String, Workload> headers = new ConcurrentHashMap<>();
    private final Map<SpiffeId, Workload> certified = new ConcurrentHashMap<>();

    public Peers(String trustDomain) {
        this.trustDomain = trustDomain;
    }

    /// The identity in a certificate's URI name; null when it is none of a workload.
    @Nullable Principal principal(String uri) {
        if (uri.isEmpty() || uri.length() > LONGEST_HEADER) {
            return null;
        }
        var known = principals.get(uri);
        if (known == null) {
            known = read(uri);
            remember(principals, uri, known);
        }
        return known.orElse(null);
    }

    /// The workload behind a request: what the header says if the certificate bears it out, else what the certificate
    /// says, and nothing at all without one.
    Workload workload(@Nullable String header, @Nullable Principal principal) {
        if (principal == null) {
            return Workload.UNKNOWN;
        }
        var id = principal.id();
        if (header != null
                && header.length() <= LONGEST_HEADER
                && id.trustDomain().equals(trustDomain)) {
            var claimed = headers.get(header);
            if (claimed == null) {
                claimed = parse(header);
                remember(headers, header, claimed);
            }
            if (id.namespace().equals(claimed.namespace())
                    && id.serviceAccount().equals(claimed.serviceAccount())) {
                return claimed;
            }
        }
        var known = certified.get(id);
        if (known == null) {
            known = new Workload(null, id.namespace(), id.serviceAccount(), null, Map.of());
            remember(certified, id, known);
        }
        return known;
    }

    private static Optional<Principal> read(String uri) {
        try {
            return Optional.of(Principal.of(SpiffeId.parse(uri)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Workload parse(String header) {
        String name = null;
        String namespace = null;
        String serviceAccount = null;
        String uid = null;
        var labels = new HashMap<String, String>();
        for (var part : header.split(";")) {
            int equals = part.indexOf('=');
            if (equals <= 0 || equals == part.length() - 1) {
                continue;
            }
            var value = part.substring(equals + 1);
            switch (part.substring(0, equals)) {
                case "workload" -> name = value;
                case "namespace" -> namespace = value;
                case "service_account" -> serviceAccount = value;
                case "uid" -> uid = value;
                case "app" -> labels.put("app", value);
                case "version" -> labels.put("version", value);
                default -> {} // a later sidecar may say more
            }
        }
        return new Workload(name, namespace, serviceAccount, uid, labels);
    }

    private static <K, V> void remember(Map<K, V> memory, K key, V value) {
        if (memory.size() >= REMEMBERED) {
            memory.clear();
        }
        memory.put(key, value);
    }
}
