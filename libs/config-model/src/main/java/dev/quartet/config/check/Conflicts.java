package dev.quartet.config.check;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Kind;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ReadResource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Finds what two resources claim and only one can have: the first by key has it. On a gateway the routes of several resources
/// for one host are merged, as in Istio. One use; not thread-safe.
final class Conflicts {
    private final SetProblems problems;
    private final Map<Claimed, ReadResource> owners = new HashMap<>();

    private record Claimed(Kind kind, String namespace, Object what) {}

    Conflicts(SetProblems problems) {
        this.problems = problems;
    }

    /// @param resources in the order of their keys
    /// @param facts of each of them
    void check(List<ReadResource> resources, List<SetFacts> facts) {
        for (int i = 0; i < resources.size(); i++) {
            var resource = resources.get(i);
            if (i > 0 && key(resources.get(i - 1)).equals(key(resource))) {
                twice(resources.get(i - 1), resource);
                continue;
            }
            for (var claim : facts.get(i).claims()) {
                check(resource, claim);
            }
        }
    }

    private void check(ReadResource resource, SetFacts.Claim claim) {
        switch (claim) {
            case SetFacts.Claim.OnHost(var kind, var namespace, var host, var what, var path) -> {
                var owner = owners.putIfAbsent(new Claimed(kind, namespace, host), resource);
                if (owner != null && owner != resource) {
                    problems.add(
                            Reason.CONFLICTING_HOSTS,
                            resource,
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
            case SetFacts.Claim.OnWorkloads(var kind, var namespace, var labels) -> {
                var owner = owners.putIfAbsent(new Claimed(kind, namespace, labels), resource);
                if (owner != null) {
                    problems.add(
                            Reason.CONFLICTING_POLICIES,
                            resource,
                            FieldPath.SPEC.field("selector"),
                            key(owner) + " is for the same workloads" + place(owner),
                            "put them into one resource");
                }
            }
            case SetFacts.Claim.OnMesh(var kind) -> {
                var owner = owners.putIfAbsent(new Claimed(kind, "", ""), resource);
                if (owner != null) {
                    problems.add(
                            Reason.CONFLICTING_POLICIES,
                            resource,
                            FieldPath.METADATA,
                            "the mesh's settings are " + key(owner) + " already" + place(owner),
                            "put them into one resource");
                }
            }
        }
    }

    private void twice(ReadResource earlier, ReadResource resource) {
        problems.add(
                Reason.DUPLICATE_RESOURCE,
                resource,
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
}
