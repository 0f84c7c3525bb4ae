package dev.quartet.config.check;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the rules of a kind find wrong with one resource, up to a limit: a resource with a million faults needs no million
/// explanations. Not thread-safe; one per check.
public class Problems {
    private static final int MOST = 1_000;

    private final ResourceKey resource;
    private final List<Problem> found = new ArrayList<>();
    private int more;

    /// The gravest of those above the limit.
    private @Nullable Problem gravest;

    public Problems(ResourceKey resource) {
        this.resource = resource;
    }

    /// Whose rules are being checked.
    public ResourceKey resource() {
        return resource;
    }

    public void add(Reason reason, FieldPath path, String fault, String fix) {
        if (found.size() < MOST) {
            found.add(new Problem(reason, resource, null, path, fault, fix));
            return;
        }
        more++;
        if (gravest == null || reason.severity().compareTo(gravest.severity()) < 0) {
            gravest = new Problem(reason, resource, null, path, fault, fix);
        }
    }

    public void invalid(FieldPath path, String fault, String fix) {
        add(Reason.INVALID_VALUE, path, fault, fix);
    }

    public void missing(FieldPath path, String fault, String fix) {
        add(Reason.MISSING_FIELD, path, fault, fix);
    }

    public void conflict(FieldPath path, String fault, String fix) {
        add(Reason.CONFLICTING_FIELDS, path, fault, fix);
    }

    public int count() {
        return found.size() + more;
    }

    public List<Problem> found() {
        if (gravest == null) {
            return List.copyOf(found);
        }
        var all = new ArrayList<>(found);
        all.add(
                new Problem(
                        gravest.reason(),
                        resource,
                        null,
                        gravest.path(),
                        gravest.fault() + " (and " + (more - 1) + " problems more)",
                        gravest.fix()));
        return List.copyOf(all);
    }
}
