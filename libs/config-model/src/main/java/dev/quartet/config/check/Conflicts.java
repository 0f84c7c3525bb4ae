package dev.quartet.config.check;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.Hosts;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.security.PeerAuthentication;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds what two resources claim and only one can have: the first by key has it. One use; not thread-safe.
final class Conflicts {
    private final SetProblems problems;
    private final Map<Claim, ReadResource> owners = new HashMap<>();

    /// @param namespace empty where the claim is on the whole mesh
    private record Claim(Kind kind, String namespace, Object what) {}

    Conflicts(SetProblems problems) {
        this.problems = problems;
    }

    /// @param resources in the order of their keys
    void check(List<ReadResource> resources) {
        for (int i = 0; i < resources.size(); i++) {
            var resource = resources.get(i);
            if (i > 0 && key(resources.get(i - 1)).equals(key(resource))) {
                twice(resources.get(i - 1), resource);
                continue;
            }
            switch (resource.resource().spec()) {
                case VirtualService spec -> routes(resource, spec);
                case DestinationRule spec -> settings(resource, spec);
                case ServiceEntry spec -> hosts(resource, spec.hosts(), "workloads");
                case PeerAuthentication spec -> policy(resource, spec);
                case MeshConfig spec -> mesh(resource);
                default -> {}
            }
        }
    }

    private void twice(ReadResource earlier, ReadResource resource) {
        problems.add(
                Reason.DUPLICATE_RESOURCE,
                resource.resource(),
                FieldPath.METADATA,
                key(resource) + " stands here twice" + place(earlier) + place(resource),
                "keep one of them, or rename it");
    }

    private static ResourceKey key(ReadResource resource) {
        return resource.resource().key();
    }

    private static String place(ReadResource resource) {
        return " (" + resource.position() + ")";
    }

    /// On a gateway the routes of several resources for one host are merged, as in Istio.
    private void routes(ReadResource resource, VirtualService spec) {
        if (spec.isForSidecars()) {
            hosts(resource, spec.hosts(), "routes");
        }
    }

    /// Callers follow the rule of their own namespace before others, so each namespace can have one.
    private void settings(ReadResource resource, DestinationRule spec) {
        var host = Hosts.resolve(spec.host(), key(resource).namespace());
        claim(
                new Claim(Kind.DESTINATION_RULE, key(resource).namespace(), host),
                resource,
                FieldPath.SPEC.field("host"),
                "settings",
                host);
    }

    private void hosts(ReadResource resource, List<String> hosts, String what) {
        for (int i = 0; i < hosts.size(); i++) {
            var host = Hosts.resolve(hosts.get(i), key(resource).namespace());
            claim(
                    new Claim(key(resource).kind(), "", host),
                    resource,
                    FieldPath.SPEC.field("hosts").index(i),
                    what,
                    host);
        }
    }

    private void claim(
            Claim claim, ReadResource resource, FieldPath path, String what, String host) {
        var owner = owners.putIfAbsent(claim, resource);
        if (owner != null && owner != resource) {
            problems.add(
                    Reason.CONFLICTING_HOSTS,
                    resource.resource(),
                    path,
                    "the "
                            + what
                            + " of host "
                            + quoted(host)
                            + " are "
                            + key(owner)
                            + "'s already"
                            + place(owner),
                    "put them into one resource");
        }
    }

    private void policy(ReadResource resource, PeerAuthentication spec) {
        var labels = spec.selector() == null ? Map.of() : spec.selector().matchLabels();
        var owner =
                owners.putIfAbsent(
                        new Claim(Kind.PEER_AUTHENTICATION, key(resource).namespace(), labels),
                        resource);
        if (owner != null) {
            problems.add(
                    Reason.CONFLICTING_POLICIES,
                    resource.resource(),
                    FieldPath.SPEC.field("selector"),
                    key(owner) + " is for the same workloads" + place(owner),
                    "put them into one resource");
        }
    }

    private void mesh(ReadResource resource) {
        var owner = owners.putIfAbsent(new Claim(Kind.MESH_CONFIG, "", ""), resource);
        if (owner != null) {
            problems.add(
                    Reason.CONFLICTING_POLICIES,
                    resource.resource(),
                    FieldPath.METADATA,
                    "the mesh's settings are " + key(owner) + " already" + place(owner),
                    "put them into one resource");
        }
    }
}
