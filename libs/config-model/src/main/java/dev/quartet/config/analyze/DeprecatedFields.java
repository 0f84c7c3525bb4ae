package dev.quartet.config.analyze;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.check.SetFields;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.schema.RecordSchema;
import dev.quartet.config.schema.Superseded;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Old fields and values, from the annotations on the records, and gateways that are named as if they were hosts.
final class DeprecatedFields implements Analyzer {
    private static final Pattern HOST = Pattern.compile("([^./]+)\\.([^./]+)(\\.svc(\\..*)?)?");

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.DEPRECATED);
    }

    @Override
    public void look(Scene scene, Report problems) {
        scene.everything().forEach(resource -> fields(resource, problems));
        for (var routes : scene.all(VirtualService.class)) {
            gateways(routes, routes.spec().gateways(), problems);
        }
    }

    private static void fields(Of<?> resource, Report problems) {
        SetFields.visit(
                resource.spec(),
                new SetFields.Visitor() {
                    @Override
                    public boolean field(RecordSchema.Field field, FieldPath path) {
                        tell(field.superseded(), field.name(), path);
                        return true;
                    }

                    @Override
                    public void choice(Enum<?> value, FieldPath path) {
                        tell(RecordSchema.superseded(value), value.name(), path);
                    }

                    private void tell(
                            @Nullable Superseded superseded, String what, FieldPath path) {
                        if (superseded != null) {
                            problems.add(
                                    Reason.DEPRECATED,
                                    resource,
                                    path,
                                    what + " is an old form",
                                    superseded.value());
                        }
                    }
                });
    }

    /// Before Istio 1.1: `edge.istio-system.svc.cluster.local`.
    private static void gateways(Of<VirtualService> routes, List<String> names, Report problems) {
        for (int i = 0; i < names.size(); i++) {
            var host = HOST.matcher(names.get(i));
            if (host.matches()) {
                problems.add(
                        Reason.DEPRECATED,
                        routes,
                        FieldPath.SPEC.field("gateways").index(i),
                        "a gateway is named as if it were a host",
                        "write " + host.group(2) + "/" + host.group(1));
            }
        }
    }
}
