package dev.quartet.imports.ingress;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Position;
import dev.quartet.config.analyze.Finding;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.imports.ImportInput;
import dev.quartet.imports.Imported;
import dev.quartet.imports.Importer;
import dev.quartet.imports.Made;
import dev.quartet.imports.Origin;
import dev.quartet.imports.Told;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Ingresses of files as Gateways and VirtualServices, all of the files together. Whoever converts one means it, so those of
/// other classes are taken too.
public final class IngressImporter implements Importer {
    private static final Set<String> KINDS = Set.of(IngressReader.KIND, "IngressClass", "Service");

    @Override
    public Imported convert(ImportInput input) {
        var objects = input.objects(KINDS);
        var mesh =
                input.plainResources().stream()
                        .map(resource -> resource.spec())
                        .filter(MeshConfig.class::isInstance)
                        .map(MeshConfig.class::cast)
                        .findFirst()
                        .orElse(null);
        var settings = IngressSettings.of(mesh, objects);
        var told = new Told();
        var ingresses = new ArrayList<ReadIngress>();
        Map<Position, Origin> origins = new HashMap<>();
        for (var object : input.objects(Set.of(IngressReader.KIND))) {
            warnOfAnotherClass(object, settings, told);
            var read = IngressReader.read(object);
            read.problems().forEach(problem -> told.add(object.subject(), problem));
            if (read.ingress() != null) {
                ingresses.add(read.ingress());
                origins.put(object.position(), Origin.of(object));
            }
        }
        var translation =
                IngressTranslator.translate(ingresses, settings, ServicePorts.of(objects));
        var findings = new ArrayList<>(told.findings());
        for (var left : translation.problems()) {
            findings.add(new Finding(left.problem(), left.ingress()));
        }
        var made =
                translation.resources().stream()
                        .map(it ->
                                new Made(
                                        it.resource(),
                                        List.of(
                                                Objects.requireNonNull(
                                                        origins.get(it.position()),
                                                        "it was made of one of them"))))
                        .toList();
        return new Imported(made, List.of(), findings);
    }

    private static void warnOfAnotherClass(
            ClusterObject object, IngressSettings settings, Told told) {
        var named = settings.classOf(object);
        if (!named.isEmpty() && !settings.takes(object)) {
            told.of(object)
                    .warn(
                            object.annotations().containsKey(IngressSettings.CLASS_ANNOTATION)
                                    ? FieldPath.METADATA.field("annotations")
                                    : FieldPath.SPEC.field("ingressClassName"),
                            "it is of class %s, whose controller may read annotations that are not read here"
                                    .formatted(quoted(named)),
                            "see that nothing of it is missing");
        }
    }
}
