package dev.quartet.imports;

import dev.quartet.config.Position;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.config.analyze.Finding;
import dev.quartet.config.check.ConfigSetChecker;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.config.schema.Names;
import dev.quartet.config.write.ResourceWriter;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.imports.envoyfilter.EnvoyFilterImporter;
import dev.quartet.imports.ingress.IngressImporter;
import dev.quartet.imports.mixer.MixerImporter;
import dev.quartet.imports.rbac.RbacImporter;
import dev.quartet.policy.PolicyTable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Files of old kinds as documents of today's, in the order of the files. What is today's already comes out as it stands there;
/// objects of Kubernetes but Ingresses are read for what is said of them, and not written. What was made is read and judged again, as an apply would,
/// before anybody gets it.
///
/// @param documents to be written, if there is no error among the findings
/// @param findings the gravest first, then by their places
public record Conversion(List<Document> documents, List<Finding> findings) {
    /// The one list of what is converted, each after its kinds.
    private static final List<Importer> IMPORTERS =
            List.of(
                    new RbacImporter(),
                    new EnvoyFilterImporter(),
                    new MixerImporter(),
                    new IngressImporter());

    /// These may stand in files that the import was not given.
    private static final Set<Reason> ELSEWHERE =
            Set.of(Reason.UNKNOWN_HANDLER, Reason.UNKNOWN_INSTANCE);

    private static final Comparator<Finding> ORDER =
            Comparator.<Finding, Severity>comparing(it -> it.problem().severity())
                    .thenComparing(it -> place(it).file())
                    .thenComparingInt(it -> place(it).line())
                    .thenComparing(Finding::toString);

    /// One document of the output.
    ///
    /// @param yaml without `---`, with a line feed at its end
    /// @param isMade of an old kind, and does not just stand there
    public record Document(Resource<?> resource, String yaml, boolean isMade) {}

    public Conversion {
        documents = List.copyOf(documents);
        findings = List.copyOf(findings);
    }

    public boolean hasErrors() {
        return findings.stream().anyMatch(it -> it.problem().severity() == Severity.ERROR);
    }

    /// Reads, converts and judges.
    ///
    /// @param rootNamespace null for that of the MeshConfig among the files, else Istio's
    public static Conversion of(List<SourceFile> files, @Nullable String rootNamespace) {
        return new Run(files).convert(rootNamespace);
    }

    private static Position place(Finding finding) {
        var position = finding.problem().position();
        return position == null ? new Position("", 0) : position;
    }

    private static final int MOST_SIGNS = 1_000;

    /// One use; not thread-safe.
    private static final class Run {
        private final ResourceReader reader = new ResourceReader();
        private final List<ClusterObject> objects = new ArrayList<>();
        private final List<ReadResource> resources = new ArrayList<>();
        private final Set<Finding> findings = new LinkedHashSet<>();
        private final Map<String, Integer> fileOrder = new HashMap<>();
        private final Verbatim verbatim = new Verbatim();

        /// In the order in which it is written.
        private record Placed(
                Position position,
                Document document,
                @Nullable Origin origin,
                @Nullable ReadResource read) {}

        Run(List<SourceFile> files) {
            for (var file : files) {
                fileOrder.putIfAbsent(file.name(), fileOrder.size());
                var read = reader.readWithOldKinds(file.name(), file.content());
                objects.addAll(read.objects());
                resources.addAll(read.result().resources());
                read.result().problems().forEach(problem -> findings.add(Finding.of(problem)));
                verbatim.add(file, read);
            }
        }

        Conversion convert(@Nullable String rootNamespace) {
            var plain = resources.stream().<Resource<?>>map(ReadResource::resource).toList();
            var input =
                    new ImportInput(
                            objects,
                            resources,
                            rootNamespace == null
                                    ? PolicyTable.rootNamespaceOf(plain)
                                    : rootNamespace);
            var placed = new ArrayList<Placed>();
            var replaced = Collections.newSetFromMap(new IdentityHashMap<ReadResource, Boolean>());
            for (var importer : IMPORTERS) {
                var imported = importer.convert(input);
                findings.addAll(imported.findings());
                replaced.addAll(imported.replaced());
                imported.made().forEach(made -> placed.add(placed(made)));
            }
            for (var read : resources) {
                if (!replaced.contains(read)) {
                    placed.add(
                            new Placed(
                                    read.position(),
                                    new Document(read.resource(), text(read), false),
                                    null,
                                    read));
                }
            }
            placed.sort(
                    Comparator.<Placed>comparingInt(
                                    it -> fileOrder.getOrDefault(it.position().file(), 0))
                            .thenComparingInt(it -> it.position().line()));
            judge(placed);
            return new Conversion(
                    placed.stream().map(Placed::document).toList(),
                    findings.stream().sorted(ORDER).toList());
        }

        /// As it stands in its file, where that text is just this resource.
        private String text(ReadResource read) {
            var text = verbatim.of(read);
            return text != null
                            && reader.readYaml("", text)
                                    .plainResources()
                                    .equals(List.of(read.resource()))
                    ? text
                    : ResourceWriter.yaml(read.resource());
        }

        private static Placed placed(Made made) {
            var first = made.origins().getFirst();
            var yaml = new StringBuilder();
            var lead = "# Made of ";
            for (var origin : made.origins()) {
                yaml.append(lead).append(inComment(origin)).append('\n');
                lead = "# and of ";
            }
            return new Placed(
                    first.position(),
                    new Document(
                            made.resource(),
                            yaml.append(ResourceWriter.yaml(made.resource())).toString(),
                            true),
                    first,
                    null);
        }

        /// A file's name may hold what would end the comment.
        private static String inComment(Origin origin) {
            return Names.printable(origin.toString(), MOST_SIGNS).replaceAll("\\R", "?");
        }

        /// Whether each document is what a reader takes for that very resource, and what an apply would say of all of them.
        private void judge(List<Placed> placed) {
            var reads = new ArrayList<ReadResource>();
            var origins = new HashMap<ResourceKey, Origin>();
            for (var one : placed) {
                if (one.read() != null) {
                    reads.add(one.read());
                    ResourceChecker.check(one.read()).stream()
                            .filter(Run::counts)
                            .forEach(problem -> findings.add(Finding.of(problem)));
                } else if (one.origin() != null) {
                    judgeMade(one.document(), one.origin()).ifPresent(reads::add);
                    origins.put(one.document().resource().key(), one.origin());
                }
            }
            ConfigSetChecker.checkRead(reads, List.of()).stream()
                    .filter(problem -> problem.severity() == Severity.ERROR)
                    .forEach(problem -> findings.add(Finding.of(problem)));
            policies(reads, origins);
        }

        private void policies(List<ReadResource> reads, Map<ResourceKey, Origin> origins) {
            var seen = new HashSet<ResourceKey>();
            var resources =
                    reads.stream()
                            .<Resource<?>>map(ReadResource::resource)
                            .filter(it -> seen.add(it.key()))
                            .toList();
            PolicyTable.build(
                            resources,
                            AttributeVocabulary.standard(),
                            PolicyTable.rootNamespaceOf(resources))
                    .problems()
                    .stream()
                    .filter(problem -> !ELSEWHERE.contains(problem.reason()))
                    .forEach(problem -> {
                        var origin =
                                problem.resource() == null ? null : origins.get(problem.resource());
                        if (origin != null) {
                            findings.add(at(problem, origin));
                        }
                    });
        }

        private Optional<ReadResource> judgeMade(Document document, Origin origin) {
            var result = reader.readYaml(origin.position().file(), document.yaml());
            result.problems().forEach(problem -> findings.add(at(problem, origin)));
            for (var read : result.resources()) {
                if (!read.resource().equals(document.resource())) {
                    throw new IllegalStateException(
                            document.resource().key() + " is not read as it was written");
                }
                ResourceChecker.check(read).stream()
                        .filter(Run::counts)
                        .forEach(problem -> findings.add(at(problem, origin)));
            }
            return result.resources().stream()
                    .findFirst()
                    .map(read ->
                            new ReadResource(read.resource(), origin.position(), read.lines()));
        }

        private static boolean counts(Problem problem) {
            return problem.severity() == Severity.ERROR;
        }

        private static Finding at(Problem problem, Origin origin) {
            return new Finding(at(problem, origin.position()), origin.subject());
        }

        private static Problem at(Problem problem, Position position) {
            return new Problem(
                    problem.reason(),
                    problem.resource(),
                    position,
                    problem.path(),
                    problem.fault(),
                    problem.fix());
        }
    }
}
