package dev.quartet.config.check;

import static dev.quartet.config.schema.Names.listed;
import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.check.ConfigSetChecker.KnownService;
import dev.quartet.config.networking.HostTable;
import dev.quartet.config.read.ReadResource;
import dev.quartet.expressions.NearNames;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Finds the hosts, ports, subsets and gateways that are named and not there. One use; not thread-safe.
final class References {
    private static final int MAX_SUGGESTIONS = 100;

    private final SetProblems problems;

    /// Ports by host.
    private final HostTable<Set<Integer>> services = new HostTable<>();

    private final List<String> hosts = new ArrayList<>();

    /// Names by host.
    private final Map<String, Set<String>> subsets = new HashMap<>();

    private final Set<String> gateways = new TreeSet<>();

    /// Looking for a near name costs a walk over all hosts.
    private int suggestions;

    References(SetProblems problems) {
        this.problems = problems;
    }

    /// @param resources in the order of their keys
    /// @param facts of each of them
    /// @param known services from elsewhere
    void check(List<ReadResource> resources, List<SetFacts> facts, Collection<KnownService> known) {
        known.forEach(service -> addService(service.host(), service.ports()));
        var ruled = new HashSet<String>(); // one rule of a namespace is in force for a host
        for (int i = 0; i < facts.size(); i++) {
            var fact = facts.get(i);
            fact.services().forEach(service -> addService(service.host(), service.ports()));
            var rule = fact.rule();
            if (rule != null
                    && ruled.add(resources.get(i).resource().namespace() + "/" + rule.host())) {
                subsets.computeIfAbsent(rule.host(), host -> new TreeSet<>())
                        .addAll(rule.subsets());
            }
            if (fact.gateway() != null) {
                gateways.add(fact.gateway());
            }
        }
        Collections.sort(hosts);
        for (int i = 0; i < facts.size(); i++) {
            for (var named : facts.get(i).named()) {
                check(resources.get(i), named);
            }
        }
    }

    private void addService(String host, Set<Integer> ports) {
        if (services.putIfAbsent(host, ports) == null) {
            hosts.add(host);
        }
    }

    private void check(ReadResource resource, SetFacts.Named named) {
        switch (named) {
            case SetFacts.Named.Service(var host, var path) -> service(resource, host, path);
            case SetFacts.Named.Target target -> target(resource, target);
            case SetFacts.Named.AGateway(var key, var path) -> gateway(resource, key, path);
        }
    }

    private void gateway(ReadResource resource, String key, FieldPath path) {
        if (!gateways.contains(key)) {
            problems.add(
                    Reason.GATEWAY_NOT_FOUND,
                    resource,
                    path,
                    "there is no Gateway " + quoted(key),
                    gateways.isEmpty() ? "add it" : "add it, or use one of " + listed(gateways));
        }
    }

    private void target(ReadResource resource, SetFacts.Named.Target target) {
        var host = target.host();
        var ports = service(resource, host, target.path().field("host"));
        if (ports == null) {
            return;
        }
        var port = target.port();
        if (port != null && !ports.contains(port)) {
            problems.add(
                    Reason.PORT_NOT_FOUND,
                    resource,
                    target.path().field("port").field("number"),
                    "the service " + quoted(host) + " has no port " + port,
                    "use one of " + listed(ports));
        }
        var subset = target.subset();
        var known = subsets.getOrDefault(host, Set.of());
        if (subset != null && !known.contains(subset)) {
            problems.add(
                    Reason.SUBSET_NOT_FOUND,
                    resource,
                    target.path().field("subset"),
                    "subset "
                            + quoted(subset)
                            + " is in no DestinationRule for host "
                            + quoted(host),
                    known.isEmpty()
                            ? "define it there"
                            : "define it there, or use one of " + listed(known));
        }
    }

    /// The ports of the host; null when it is not there, which has been told then.
    private @Nullable Set<Integer> service(ReadResource resource, String host, FieldPath path) {
        var ports = services.covering(host);
        if (ports != null) {
            return ports;
        }
        var near =
                ++suggestions > MAX_SUGGESTIONS
                        ? Optional.<String>empty()
                        : NearNames.of(host, hosts);
        problems.add(
                Reason.HOST_NOT_FOUND,
                resource,
                path,
                "there is no service " + quoted(host),
                near.map(name -> "did you mean " + name + "?")
                        .orElse("add a ServiceEntry for it, or name another service"));
        return null;
    }
}
