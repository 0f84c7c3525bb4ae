package dev.quartet.galley.change;

import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ReadResource;
import dev.quartet.galley.history.LoggedRevision;
import dev.quartet.galley.history.RevisionContent;
import dev.quartet.galley.history.RevisionContent.Kept;
import dev.quartet.galley.history.RevisionDiff;
import dev.quartet.galley.process.JudgedConfig;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.Origin;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The way back to what REST had applied in a revision, in a cluster to the objects of then. What lives in the directory now
/// stays as it is there.
///
/// @param name of the revision, in positions of problems
/// @param then what was in force
/// @param origin of what is put back
public record Rollback(String name, RevisionContent then, Origin origin) {
    public static Rollback to(LoggedRevision revision, RevisionContent then, Origin origin) {
        return new Rollback("revision " + revision.number(), then, origin);
    }

    /// @param applied what is to be put back, as it is now
    public Proposal proposal(SortedMap<ResourceKey, ReadResource> applied, JudgedConfig now) {
        var wanted = then.of(origin);
        wanted.keySet().removeIf(key -> !isWritten(key));
        var next = new TreeMap<>(applied);
        var touched = new ArrayList<>(next.keySet());
        touched.removeIf(key -> wanted.containsKey(key) || !isWritten(key));
        touched.forEach(next::remove);
        var problems = new LinkedHashSet<Problem>();
        wanted.forEach((key, kept) -> {
            if (!inDirectory(key, now) && !same(kept, applied.get(key))) {
                var file = ConfigFile.read(name, kept.yaml());
                problems.addAll(file.problems());
                file.resources().forEach(read -> next.put(key, read));
                touched.add(key);
            }
        });
        return new Proposal(next, touched, problems, List.of());
    }

    /// The mesh's settings are no object of their own in a cluster.
    private boolean isWritten(ResourceKey key) {
        return origin != Origin.KUBERNETES || key.kind().scope() != Kind.Scope.MESH;
    }

    /// What REST has applied over a file of the directory is REST's.
    private static boolean inDirectory(ResourceKey key, JudgedConfig now) {
        var entry = now.entries().get(key);
        return entry != null && entry.origin() == Origin.DIRECTORY;
    }

    private static boolean same(Kept kept, @Nullable ReadResource now) {
        return now != null && now.resource().version().equals(kept.version());
    }

    /// What is still not as it was.
    ///
    /// @param now after the rollback
    public List<Outcome.Untouched> untouched(JudgedConfig now) {
        var untouched = new ArrayList<Outcome.Untouched>();
        for (var change : RevisionDiff.between(then, RevisionContent.of(now)).changes()) {
            var before = change.before();
            var after = change.after();
            var entry = now.entries().get(change.key());
            if (entry == null) {
                untouched.add(
                        new Outcome.Untouched(
                                change.key(),
                                before == null ? "it is gone" : gone(before.origin())));
            } else if (before == null
                    || after == null
                    || !before.version().equals(after.version())) {
                untouched.add(
                        new Outcome.Untouched(change.key(), "it comes from " + entry.place()));
            }
        }
        return untouched;
    }

    private static String gone(Origin origin) {
        return switch (origin) {
            case DIRECTORY -> "it was in the directory, which has it no more";
            case INGRESS -> "it came from an Ingress, which has it no more";
            case BUILT_IN -> "it was one of the built-in defaults";
            case APPLIED -> "REST had applied it";
            case KUBERNETES -> "Kubernetes had it";
        };
    }
}
