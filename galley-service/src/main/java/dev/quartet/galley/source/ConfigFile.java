package dev.quartet.galley.source;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.read.KnownDocuments;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.read.ReadResult;
import dev.quartet.config.read.ResourceReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// A file of YAML or JSON documents, read strictly and each resource judged by itself.
///
/// @param name as problems show it
/// @param faultless documents of it, which need not be read again in its next version
public record ConfigFile(
        String name,
        List<ReadResource> resources,
        List<Problem> problems,
        KnownDocuments faultless) {
    private static final ResourceReader READER = new ResourceReader();

    public ConfigFile {
        resources = List.copyOf(resources);
        problems = List.copyOf(problems);
    }

    /// Never throws for bad content: what is wrong is among the problems.
    public static ConfigFile read(String name, String text) {
        return judged(name, READER.readYaml(name, text));
    }

    /// The same of a file that may be read again, when it has changed.
    ///
    /// @param before its faultless documents until now
    static ConfigFile read(String name, String text, KnownDocuments before) {
        var again = READER.readYamlAgain(name, text, before);
        var problems = new ArrayList<>(again.result().problems());
        var faulty = new HashSet<ResourceKey>();
        for (var read : again.result().resources()) {
            var found =
                    again.reused().contains(read)
                            ? List.<Problem>of()
                            : ResourceChecker.check(read);
            if (!found.isEmpty()) {
                faulty.add(read.resource().key());
                problems.addAll(found);
            }
        }
        return new ConfigFile(
                name,
                again.result().resources(),
                problems,
                again.documents().where(read -> !faulty.contains(read.resource().key())));
    }

    /// The same for what has no lines that a user knows: an object of Kubernetes.
    ///
    /// @param place which object it is, and which version of it
    public static ConfigFile readObject(String place, String json) {
        return judged(place, READER.readYaml(place, json).at(place));
    }

    /// What was read, each resource judged by itself.
    public static ConfigFile judged(String name, ReadResult result) {
        var problems = new ArrayList<>(result.problems());
        for (var resource : result.resources()) {
            problems.addAll(ResourceChecker.check(resource));
        }
        return new ConfigFile(name, result.resources(), problems, KnownDocuments.NONE);
    }

    public boolean good() {
        return problems.stream().noneMatch(problem -> problem.severity() == Severity.ERROR);
    }

    /// What is in force of it: its resources without an error, and of those with one what was in force before. While a
    /// document cannot even be named, nothing goes that this file does not name either.
    ///
    /// @param before what was in force of the file until now
    List<ReadResource> over(List<ReadResource> before) {
        var faulty = new HashSet<ResourceKey>();
        var unnamed = false;
        for (var problem : problems) {
            if (problem.severity() == Severity.ERROR) {
                unnamed |= problem.resource() == null;
                faulty.add(problem.resource());
            }
        }
        var inForce = new ArrayList<ReadResource>();
        for (var read : resources) {
            if (!faulty.contains(read.resource().key())) {
                inForce.add(read);
            }
        }
        var named = new HashSet<>(named());
        for (var read : before) {
            var key = read.resource().key();
            if (faulty.contains(key) || unnamed && !named.contains(key)) {
                inForce.add(read);
            }
        }
        return inForce;
    }

    /// The resources that it is about, those that have a problem too.
    public List<ResourceKey> named() {
        return Stream.concat(
                        resources.stream().map(read -> read.resource().key()),
                        problems.stream().map(Problem::resource).filter(Objects::nonNull))
                .distinct()
                .toList();
    }

    /// One problem for each resource that stands in the files more than once. The first place is the one that counts.
    public static List<Problem> duplicates(List<ConfigFile> files) {
        return duplicates(files.stream().flatMap(file -> file.resources().stream()).toList());
    }

    static List<Problem> duplicates(Collection<ReadResource> resources) {
        var problems = new ArrayList<Problem>();
        Map<ResourceKey, ReadResource> first = new HashMap<>();
        for (var resource : resources) {
            var key = resource.resource().key();
            var earlier = first.putIfAbsent(key, resource);
            if (earlier != null) {
                problems.add(
                        new Problem(
                                Reason.DUPLICATE_RESOURCE,
                                key,
                                resource.position(),
                                FieldPath.METADATA.field("name"),
                                "the same resource stands at " + earlier.position(),
                                "leave one of the two out"));
            }
        }
        return problems;
    }
}
