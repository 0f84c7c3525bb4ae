package dev.quartet.config.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Golden;
import dev.quartet.config.Reason;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.read.ResourceReader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// A file of `testdata/analysis` or `testdata/analysis-silent`: resources and objects of Kubernetes. The first line names the
/// reason it is about; a line `# known: services, workloads` says of which aspects nothing is missing in the file.
public record AnalysisCase(
        Path file, Reason reason, List<ReadResource> resources, Surroundings surroundings) {

    static List<Path> found() {
        return Golden.files("analysis", ".yaml");
    }

    static List<Path> silent() {
        return Golden.files("analysis-silent", ".yaml");
    }

    public static AnalysisCase read(Path file) {
        var text = Golden.read(file);
        var lines = text.lines().toList();
        var read = new ResourceReader().readDocuments(file.getFileName().toString(), text);
        assertThat(read.result().problems()).as("what cannot be read in %s", file).isEmpty();
        return new AnalysisCase(
                file,
                reason(lines.getFirst()),
                read.result().resources(),
                Surroundings.of(read.objects())
                        .with(
                                new Surroundings(
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        known(lines.get(1)))));
    }

    private static Reason reason(String line) {
        var label = line.replaceFirst("# (\\w+):.*", "$1");
        return Arrays.stream(Reason.values())
                .filter(reason -> reason.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no reason in: " + line));
    }

    private static Set<Aspect> known(String line) {
        var prefix = "# known: ";
        return line.startsWith(prefix)
                ? Arrays.stream(line.substring(prefix.length()).split(", ", -1))
                        .map(label -> Aspect.valueOf(label.toUpperCase(java.util.Locale.ROOT)))
                        .collect(Collectors.toSet())
                : Set.of();
    }

    Analysis analyse() {
        return Analysis.of(resources, surroundings);
    }

    List<Finding> by(Analyzer analyzer) {
        var report = new Report();
        analyzer.look(new Scene(resources, surroundings), report);
        return report.findings();
    }

    /// @param told called where an analyzer tells something
    public void trace(Runnable told) {
        Analysis.of(
                resources,
                surroundings,
                new Report() {
                    @Override
                    void add(
                            Reason reason,
                            ReadResource read,
                            FieldPath path,
                            String fault,
                            String fix) {
                        told.run();
                    }

                    @Override
                    void add(
                            Reason reason,
                            ClusterObject object,
                            FieldPath path,
                            String fault,
                            String fix) {
                        told.run();
                    }
                });
    }
}
