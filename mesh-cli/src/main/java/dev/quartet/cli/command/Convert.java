package dev.quartet.cli.command;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.cli.Failure;
import dev.quartet.cli.print.Json;
import dev.quartet.cli.print.Terminal.Tone;
import dev.quartet.config.ProblemView;
import dev.quartet.config.schema.Names;
import dev.quartet.config.write.ResourceWriter;
import dev.quartet.imports.Conversion;
import dev.quartet.imports.SourceFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `mesh convert`.
@Command(
        name = "convert",
        description = {
            "Prints files of Istio's old kinds as documents of today's: RBAC v1alpha1 (ServiceRole, ServiceRoleBinding, RbacConfig, ClusterRbacConfig),"
                    + " EnvoyFilters with filters, Mixer's kinds per adapter and template (denier, metric, ...) and the rules that name them; and Kubernetes' Ingresses as Gateways and VirtualServices.",
            "What is today's already is printed as it stands. Other objects of Kubernetes are read and not printed: name the Services whose workloads RBAC guards, and whose ports Ingresses name.",
            "What cannot be said today, or not for certain, is an error on the standard error; then nothing is printed, and the exit code is 1. No mesh has to run, and none is changed."
        },
        footer = {
            "",
            "  ./mesh convert -f old/ > today.yaml && ./mesh apply -f today.yaml",
            "  kubectl get services,serviceroles,servicerolebindings,clusterrbacconfigs -A -o yaml | ./mesh convert -f -"
        },
        mixinStandardHelpOptions = true)
public final class Convert implements Callable<Integer> {
    private enum Format {
        YAML,
        JSON
    }

    private final Surroundings surroundings;

    @Option(
            names = {"-f", "--file"},
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = Documents.OPTION)
    private List<String> files = List.of();

    @Option(
            names = {"-o", "--output"},
            defaultValue = "yaml",
            paramLabel = "FORMAT",
            description = "yaml or json (default: ${DEFAULT-VALUE}).")
    private Format format = Format.YAML;

    @Option(
            names = "--root-namespace",
            paramLabel = "NAMESPACE",
            description =
                    "Whose policies are for the whole mesh (default: that of a MeshConfig among the files, or istio-system).")
    private @Nullable String rootNamespace;

    public Convert(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        if (rootNamespace != null && !Names.isDnsLabel(rootNamespace)) {
            throw new Failure(
                    quoted(rootNamespace) + " is no name of a namespace",
                    "write for example --root-namespace istio-system",
                    2);
        }
        var sources =
                Documents.read(files, System.in).stream()
                        .map(it -> new SourceFile(it.name(), it.content()))
                        .toList();
        var conversion = Conversion.of(sources, rootNamespace);
        var terminal = surroundings.terminal();
        var told = told(conversion);
        if (!conversion.hasErrors()) {
            terminal.data(format == Format.JSON ? json(conversion) : yaml(conversion));
        }
        told.printAside(terminal);
        terminal.error(
                Tone.PLAIN,
                "",
                (conversion.hasErrors() ? "nothing is printed" : sum(conversion))
                        + ": "
                        + told.sum());
        return conversion.hasErrors() ? 1 : 0;
    }

    private static ToldProblems told(Conversion conversion) {
        var answer = Json.MAPPER.createObjectNode();
        answer.set(
                "problems",
                Json.MAPPER.valueToTree(
                        conversion.findings().stream()
                                .map(it -> ProblemView.of(it.problem(), it.subject()))
                                .toList()));
        return ToldProblems.of(answer);
    }

    private static String yaml(Conversion conversion) {
        return conversion.documents().stream()
                .map(Conversion.Document::yaml)
                .collect(Collectors.joining("---\n"));
    }

    /// A list, as `mesh apply` reads it too.
    private static String json(Conversion conversion) {
        var list = new LinkedHashMap<String, Object>();
        list.put("apiVersion", "v1");
        list.put("kind", "List");
        list.put(
                "items",
                conversion.documents().stream()
                        .map(it -> Json.MAPPER.readTree(ResourceWriter.json(it.resource())))
                        .toList());
        return Json.pretty(list) + "\n";
    }

    /// `4 documents, 3 of them made of old kinds`
    private static String sum(Conversion conversion) {
        var all = conversion.documents().size();
        var made = conversion.documents().stream().filter(Conversion.Document::isMade).count();
        return all
                + (all == 1 ? " document, " : " documents, ")
                + (made == 0 ? "none" : made)
                + " of them made of old kinds";
    }
}
