package dev.quartet.imports.ingress;

import dev.quartet.config.Problem;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.imports.ingress.Translation.IngressProblem;
import java.util.ArrayList;
import java.util.List;

/// What a file with Ingresses becomes: with its Services, its IngressClasses and its MeshConfig.
final class Documents {
    private Documents() {}

    static Translation translated(String yaml) {
        var documents = new ResourceReader().readDocuments("in.yaml", yaml);
        var mesh =
                documents.result().plainResources().stream()
                        .map(resource -> (MeshConfig) resource.spec())
                        .findFirst()
                        .orElse(null);
        return translated(documents.objects(), mesh);
    }

    private static Translation translated(
            List<ClusterObject> objects, @org.jspecify.annotations.Nullable MeshConfig mesh) {
        var settings = IngressSettings.of(mesh, objects);
        var ingresses = new ArrayList<ReadIngress>();
        var problems = new ArrayList<IngressProblem>();
        for (var object : objects.stream().filter(settings::takes).toList()) {
            var read = IngressReader.read(object);
            for (Problem problem : read.problems()) {
                problems.add(new IngressProblem(object.subject(), problem));
            }
            if (read.ingress() != null) {
                ingresses.add(read.ingress());
            }
        }
        var translation =
                IngressTranslator.translate(ingresses, settings, ServicePorts.of(objects));
        problems.addAll(translation.problems());
        return new Translation(translation.resources(), problems);
    }
}
