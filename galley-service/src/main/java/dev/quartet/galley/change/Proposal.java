package dev.quartet.galley.change;

import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ReadResource;
import dev.quartet.galley.source.ConfigFile;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a change would make of all that REST can change: what it has applied, in a cluster the objects.
///
/// @param touched what it is about
/// @param ownProblems found while it was read
/// @param missing what it was to delete and is not there
public record Proposal(
        SortedMap<ResourceKey, ReadResource> next,
        List<ResourceKey> touched,
        Collection<Problem> ownProblems,
        List<ResourceKey> missing) {

    /// Other documents for those that the files have.
    public static Proposal apply(
            SortedMap<ResourceKey, ReadResource> applied, List<ConfigFile> files) {
        var problems = new LinkedHashSet<>(ConfigFile.duplicates(files));
        var next = new TreeMap<>(applied);
        var touched = new ArrayList<ResourceKey>();
        for (var file : files) {
            problems.addAll(file.problems());
            for (var read : file.resources()) {
                next.put(read.resource().key(), read);
                touched.add(read.resource().key());
            }
        }
        return new Proposal(next, touched, problems, List.of());
    }

    public static Proposal delete(
            SortedMap<ResourceKey, ReadResource> applied, Collection<ResourceKey> keys) {
        var next = new TreeMap<>(applied);
        var touched = new ArrayList<ResourceKey>();
        var missing = new ArrayList<ResourceKey>();
        for (var key : new LinkedHashSet<>(keys)) {
            (next.remove(key) == null ? missing : touched).add(key);
        }
        return new Proposal(next, touched, List.of(), missing);
    }
}
