package dev.quartet.citadel.issue;

import dev.quartet.identity.SpiffeId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// The DNS names and IP addresses that a service of the control plane is reached by, for callers that know no SPIFFE:
/// kube-apiserver at a webhook, a browser or curl at REST. They follow from the authenticated service account alone,
/// never from a request; a workload has none. Immutable.
public final class ServingNames {
    private static final Pattern IP = Pattern.compile("[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
    private static final List<String> THIS_MACHINE = List.of("localhost", "127.0.0.1", "::1");

    /// Service account to the Services that lead to it.
    private static final Map<String, List<String>> SERVICES =
            Map.of(
                    "istio-citadel-service-account", List.of("istio-citadel"),
                    "istio-galley-service-account", List.of("istio-galley"),
                    "istio-pilot-service-account", List.of("istio-pilot"),
                    "istio-mixer-service-account",
                            List.of("istio-mixer", "istio-policy", "istio-telemetry"),
                    "istio-sidecar-injector-service-account", List.of("istio-sidecar-injector"));

    /// Without Kubernetes: the names of the containers.
    private static final Map<String, String> SHORT =
            Map.of(
                    "istio-citadel-service-account", "citadel",
                    "istio-galley-service-account", "galley",
                    "istio-pilot-service-account", "pilot",
                    "istio-mixer-service-account", "mixer",
                    "istio-sidecar-injector-service-account", "injector");

    private final SpiffeId citadel;
    private final Map<String, List<String>> further;

    /// @param citadel its trust domain and namespace are the control plane's
    /// @param further more names, by service account
    public ServingNames(SpiffeId citadel, Map<String, List<String>> further) {
        this.citadel = citadel;
        this.further = new TreeMap<>(further);
    }

    /// @return both lists empty for a workload
    Names of(SpiffeId identity) {
        var account = identity.serviceAccount();
        var services = SERVICES.get(account);
        if (services == null
                || !identity.namespace().equals(citadel.namespace())
                || !identity.trustDomain().equals(citadel.trustDomain())) {
            return Names.NONE;
        }
        var all = new LinkedHashSet<>(THIS_MACHINE);
        all.add(SHORT.getOrDefault(account, "localhost"));
        for (var service : services) {
            var qualified = service + "." + citadel.namespace();
            all.addAll(
                    List.of(
                            service,
                            qualified,
                            qualified + ".svc",
                            qualified + ".svc.cluster.local"));
        }
        all.addAll(further.getOrDefault(account, List.of()));
        var dns = new ArrayList<String>();
        var ips = new ArrayList<String>();
        all.forEach(name -> (IP.matcher(name).matches() ? ips : dns).add(name));
        return new Names(dns, ips);
    }

    record Names(List<String> dns, List<String> ips) {
        static final Names NONE = new Names(List.of(), List.of());

        Names {
            dns = List.copyOf(dns);
            ips = List.copyOf(ips);
        }
    }
}
