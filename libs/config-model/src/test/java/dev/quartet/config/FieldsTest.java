package dev.quartet.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.read.ResourceReader;
import dev.quartet.config.schema.RecordSchema;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Every field of every kind stands in a case that is let in, so that none is refused by mistake.
class FieldsTest {
    /// Istio's API has them, and whoever sets them is told that they have no place.
    private static final Set<String> NEVER_RIGHT =
            Set.of(
                    "Gateway.CertificateFiles.caCertificates",
                    "MeshPolicy.targets",
                    "Sidecar.SidecarPort.targetPort");

    @Test
    void everyFieldStandsInACaseThatIsRight() {
        var all = new TreeSet<String>();
        Arrays.stream(Kind.values()).forEach(kind -> declared(RecordSchema.of(kind.spec()), all));

        var used = new TreeSet<String>();
        Stream.of("valid", "warned")
                .flatMap(folder -> Golden.files(folder, ".yaml", ".json").stream())
                .map(file ->
                        new ResourceReader()
                                .readYaml(file.getFileName().toString(), Golden.read(file)))
                .flatMap(result -> result.resources().stream())
                .forEach(read -> set(read.resource().spec(), used));

        all.removeAll(used);
        assertThat(all).isEqualTo(NEVER_RIGHT);
    }

    private static void declared(RecordSchema schema, Set<String> fields) {
        for (var field : schema.fields()) {
            if (fields.add(name(schema.type(), field))) {
                field.shape().records().forEach(record -> declared(record, fields));
            }
        }
    }

    private static String name(Class<?> type, RecordSchema.Field field) {
        return type.getName().replaceFirst(".*\\.", "").replace('$', '.') + "." + field.name();
    }

    private static void set(Object holder, Set<String> used) {
        switch (holder) {
            case Tree tree -> {}
            case List<?> list -> list.forEach(item -> set(item, used));
            case Map<?, ?> map -> map.values().forEach(item -> set(item, used));
            case Record spec -> {
                for (var field : RecordSchema.of(spec.getClass()).fields()) {
                    var value = field.of(spec);
                    if (value != null
                            && !Boolean.FALSE.equals(value)
                            && RecordSchema.Field.isSet(value)) {
                        used.add(name(spec.getClass(), field));
                        set(value, used);
                    }
                }
            }
            case Collection<?> other -> throw new IllegalStateException(other.toString());
            default -> {}
        }
    }
}
