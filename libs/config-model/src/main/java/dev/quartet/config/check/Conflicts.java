package dev.quartet.config.check;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ReadResource;
import java.util.Collection;
import java.util.List;

/// Tells what two resources claim and only one can have: the first by key has it. On a gateway the routes of several resources
/// for one host are merged, as in Istio.
final class Conflicts {
    private final SetProblems problems;

    Conflicts(SetProblems problems) {
        this.problems = problems;
    }

    /// @param claimants of one thing, in the order of their keys
    void check(Collection<SetIndex.Claimant> claimants) {
        SetIndex.Claimant owner = null;
        for (var claimant : claimants) {
            if (owner == null) {
                owner = claimant;
            } else {
                tell(owner.resource(), claimant);
            }
        }
    }

    private void tell(ReadResource owner, SetIndex.Claimant claimant) {
        switch (claimant.claim()) {
            case SetFacts.Claim.OnHost claim ->
                    problems.add(
                            Reason.CONFLICTING_HOSTS,
                            claimant.resource(),
                            claim.path(),
                            "the "
                                    + claim.what()
                                    + " of host "
                                    + quoted(claim.host())
                                    + " are "
                                    + key(owner)
                                    + "'s already"
                                    + place(owner),
                            "put them into one resource");
            case SetFacts.Claim.OnWorkloads claim ->
                    problems.add(
                            Reason.CONFLICTING_POLICIES,
                            claimant.resource(),
                            FieldPath.SPEC.field("selector"),
                            key(owner) + " is for the same workloads" + place(owner),
                            "put them into one resource");
            case SetFacts.Claim.OnMesh claim ->
                    problems.add(
                            Reason.CONFLICTING_POLICIES,
                            claimant.resource(),
                            FieldPath.METADATA,
                            "the mesh's settings are " + key(owner) + " already" + place(owner),
                            "put them into one resource");
        }
    }

    /// @param sorted resources in the order of their keys
    void twice(List<ReadResource> sorted) {
        for (int i = 1; i < sorted.size(); i++) {
            var earlier = sorted.get(i - 1);
            var resource = sorted.get(i);
            if (key(earlier).equals(key(resource))) {
                problems.add(
                        Reason.DUPLICATE_RESOURCE,
                        resource,
                        FieldPath.METADATA,
                        key(resource) + " stands here twice" + place(earlier) + place(resource),
                        "keep one of them, or rename it");
            }
        }
    }

    private static ResourceKey key(ReadResource resource) {
        return resource.resource().key();
    }

    private static String place(ReadResource resource) {
        return " (" + resource.position() + ")";
    }
}
