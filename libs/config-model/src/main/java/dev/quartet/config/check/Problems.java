package dev.quartet.config.check;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import java.util.ArrayList;
import java.util.List;

/// What the rules of a kind find wrong with one resource. Not thread-safe; one per check.
public final class Problems {
    private final ResourceKey resource;
    private final List<Problem> found = new ArrayList<>();

    public Problems(ResourceKey resource) {
        this.resource = resource;
    }

    public void add(Reason reason, FieldPath path, String fault, String fix) {
        found.add(new Problem(reason, resource, null, path, fault, fix));
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

    public List<Problem> found() {
        return List.copyOf(found);
    }
}
