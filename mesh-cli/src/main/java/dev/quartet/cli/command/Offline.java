package dev.quartet.cli.command;

import dev.quartet.cli.print.Json;
import dev.quartet.config.Problem;
import dev.quartet.config.Resource;
import dev.quartet.config.analyze.Analysis;
import dev.quartet.config.analyze.AnalysisReport;
import dev.quartet.config.analyze.Surroundings;
import dev.quartet.config.check.ConfigSetChecker;
import dev.quartet.config.check.ConfigSetChecker.KnownService;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.read.ReadDocuments;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.read.ReadResult;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.expressions.AttributeVocabulary;
import dev.quartet.policy.DefaultPolicies;
import dev.quartet.policy.PolicyTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Judges files by themselves, with the rules that Galley has: for machines where no mesh runs. It knows of nothing that does
/// not stand in the files but the policies that every mesh has.
final class Offline {
    private static final ResourceReader READER = new ResourceReader();

    private Offline() {}

    /// @return as `POST /admin/v1/validate` answers
    static JsonNode validate(List<Documents> files) {
        var results = files.stream().map(it -> READER.readYaml(it.name(), it.content())).toList();
        var report =
                AnalysisReport.of(judge(results, List.of()), new Analysis(List.of(), Set.of()));
        var answer = Json.MAPPER.createObjectNode();
        answer.put("valid", report.summary().errors() == 0);
        answer.set("problems", Json.MAPPER.valueToTree(report.problems()));
        return answer;
    }

    /// @return as `POST /admin/v1/analyze` answers
    static JsonNode analyze(List<Documents> files) {
        var read = files.stream().map(it -> READER.readDocuments(it.name(), it.content())).toList();
        List<ClusterObject> objects = new ArrayList<>();
        read.forEach(it -> objects.addAll(it.objects()));
        var surroundings = Surroundings.of(objects);
        var results = read.stream().map(ReadDocuments::result).toList();
        return Json.MAPPER.valueToTree(
                AnalysisReport.of(
                        judge(results, surroundings.knownServices()),
                        Analysis.of(resources(results), surroundings)));
    }

    private static List<ReadResource> resources(List<ReadResult> results) {
        return results.stream().flatMap(result -> result.resources().stream()).toList();
    }

    /// What every change is told: each resource by itself, all together, and Mixer's policies.
    private static List<Problem> judge(List<ReadResult> results, List<KnownService> services) {
        var problems = new ArrayList<Problem>();
        results.forEach(result -> problems.addAll(result.problems()));
        var reads = resources(results);
        reads.forEach(read -> problems.addAll(ResourceChecker.check(read)));
        problems.addAll(ConfigSetChecker.checkRead(reads, services));
        problems.addAll(policies(reads));
        return problems;
    }

    private static List<Problem> policies(List<ReadResource> reads) {
        List<Resource<?>> resources = new ArrayList<>();
        for (var document : DefaultPolicies.documents()) {
            resources.addAll(READER.readYaml(document.name(), document.yaml()).plainResources());
        }
        var byKey = new HashMap<Object, ReadResource>();
        for (var read : reads) {
            resources.removeIf(it -> it.key().equals(read.resource().key()));
            resources.add(read.resource());
            byKey.putIfAbsent(read.resource().key(), read);
        }
        return PolicyTable.build(
                        resources,
                        AttributeVocabulary.standard(),
                        PolicyTable.rootNamespaceOf(resources))
                .problems()
                .stream()
                .map(problem -> {
                    var read = problem.resource() == null ? null : byKey.get(problem.resource());
                    return read == null ? problem : read.locate(problem);
                })
                .toList();
    }
}
