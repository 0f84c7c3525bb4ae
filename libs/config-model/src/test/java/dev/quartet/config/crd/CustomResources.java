package dev.quartet.config.crd;

import dev.quartet.config.Kind;
import dev.quartet.config.schema.RecordSchema;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/// The CustomResourceDefinitions of all kinds. Every version has the same fields; the first is stored.
final class CustomResources {
    private final OpenApiSchema schemas;

    CustomResources(RecordDocs docs) {
        this.schemas = new OpenApiSchema(docs);
    }

    /// All but the mesh's own settings: in a cluster those are in the ConfigMap `istio`, as Istio has it.
    static Stream<Kind> kinds() {
        return Arrays.stream(Kind.values()).filter(kind -> kind.scope() != Kind.Scope.MESH);
    }

    static String name(Kind kind) {
        return kind.plural() + "." + kind.group();
    }

    String yaml(Kind kind) {
        return "# Made from config-model's records; see libs/config-model/README.md.\n"
                + new Dump(
                                DumpSettings.builder()
                                        .setDefaultFlowStyle(FlowStyle.BLOCK)
                                        .setWidth(130)
                                        .setDereferenceAliases(true)
                                        .build())
                        .dumpToString(definition(kind));
    }

    private Map<String, Object> definition(Kind kind) {
        var definition = new LinkedHashMap<String, Object>();
        definition.put("apiVersion", "apiextensions.k8s.io/v1");
        definition.put("kind", "CustomResourceDefinition");
        definition.put(
                "metadata",
                ordered(
                        "name",
                        name(kind),
                        "labels",
                        Map.of("app.kubernetes.io/part-of", "quartet")));
        definition.put(
                "spec",
                ordered(
                        "group",
                        kind.group(),
                        "names",
                        names(kind),
                        "scope",
                        kind.scope() == Kind.Scope.CLUSTER ? "Cluster" : "Namespaced",
                        "versions",
                        kind.versions().stream().map(version -> version(kind, version)).toList()));
        return definition;
    }

    private static Map<String, Object> names(Kind kind) {
        var names =
                ordered(
                        "kind",
                        kind.label(),
                        "listKind",
                        kind.label() + "List",
                        "plural",
                        kind.plural(),
                        "singular",
                        kind.label().toLowerCase(Locale.ROOT));
        var shortName = shortName(kind);
        if (!shortName.isEmpty()) {
            names.put("shortNames", List.of(shortName));
        }
        var area = kind.group().equals("config.istio.io") ? "policy" : kind.group().split("\\.")[0];
        names.put("categories", List.of("istio-io", area + "-istio-io"));
        return names;
    }

    /// Istio's; what has none there has none here.
    private static String shortName(Kind kind) {
        return switch (kind) {
            case VIRTUAL_SERVICE -> "vs";
            case DESTINATION_RULE -> "dr";
            case GATEWAY -> "gw";
            case SERVICE_ENTRY -> "se";
            case WORKLOAD_ENTRY -> "we";
            case WORKLOAD_GROUP -> "wg";
            case PEER_AUTHENTICATION -> "pa";
            case REQUEST_AUTHENTICATION -> "ra";
            case AUTHORIZATION_POLICY -> "ap";
            case SIDECAR,
                    ENVOY_FILTER,
                    POLICY,
                    MESH_POLICY,
                    RULE,
                    HANDLER,
                    INSTANCE,
                    ATTRIBUTE_MANIFEST,
                    ADAPTER,
                    TEMPLATE,
                    QUOTA_SPEC,
                    QUOTA_SPEC_BINDING,
                    HTTP_API_SPEC,
                    HTTP_API_SPEC_BINDING,
                    MESH_CONFIG,
                    MESH_NETWORKS ->
                    "";
        };
    }

    private Map<String, Object> version(Kind kind, String version) {
        return ordered(
                "name",
                version,
                "served",
                true,
                "storage",
                version.equals(kind.versions().getFirst()),
                "schema",
                Map.of("openAPIV3Schema", document(kind)),
                "subresources",
                Map.of("status", Map.of()),
                "additionalPrinterColumns",
                columns(kind));
    }

    private Map<String, Object> document(Kind kind) {
        var spec = schemas.of(RecordSchema.of(kind.spec()));
        var document =
                ordered(
                        "type",
                        "object",
                        "properties",
                        ordered(
                                "spec",
                                spec,
                                "status",
                                ordered(
                                        "type",
                                        "object",
                                        "x-kubernetes-preserve-unknown-fields",
                                        true)));
        if (spec.containsKey("required")) {
            document.put("required", List.of("spec"));
        }
        return document;
    }

    /// What `kubectl get` shows beside the name, as Istio does.
    private static List<Map<String, Object>> columns(Kind kind) {
        var ofKind =
                switch (kind) {
                    case VIRTUAL_SERVICE ->
                            Stream.of(
                                    column("Gateways", "string", ".spec.gateways"),
                                    column("Hosts", "string", ".spec.hosts"));
                    case DESTINATION_RULE -> Stream.of(column("Host", "string", ".spec.host"));
                    case SERVICE_ENTRY ->
                            Stream.of(
                                    column("Hosts", "string", ".spec.hosts"),
                                    column("Location", "string", ".spec.location"),
                                    column("Resolution", "string", ".spec.resolution"));
                    case WORKLOAD_ENTRY -> Stream.of(column("Address", "string", ".spec.address"));
                    case PEER_AUTHENTICATION ->
                            Stream.of(column("Mode", "string", ".spec.mtls.mode"));
                    case HANDLER -> Stream.of(column("Adapter", "string", ".spec.compiledAdapter"));
                    case INSTANCE ->
                            Stream.of(column("Template", "string", ".spec.compiledTemplate"));
                    case RULE -> Stream.of(column("Match", "string", ".spec.match"));
                    case AUTHORIZATION_POLICY ->
                            Stream.of(column("Action", "string", ".spec.action"));
                    case GATEWAY,
                            SIDECAR,
                            ENVOY_FILTER,
                            WORKLOAD_GROUP,
                            POLICY,
                            MESH_POLICY,
                            REQUEST_AUTHENTICATION,
                            ATTRIBUTE_MANIFEST,
                            ADAPTER,
                            TEMPLATE,
                            QUOTA_SPEC,
                            QUOTA_SPEC_BINDING,
                            HTTP_API_SPEC,
                            HTTP_API_SPEC_BINDING,
                            MESH_CONFIG,
                            MESH_NETWORKS ->
                            Stream.<Map<String, Object>>empty();
                };
        return Stream.concat(
                        ofKind,
                        Stream.of(
                                condition("Accepted"),
                                condition("InForce"),
                                column("Age", "date", ".metadata.creationTimestamp")))
                .toList();
    }

    /// Galley writes it.
    private static Map<String, Object> condition(String type) {
        return column(
                type, "string", ".status.conditions[?(@.type==\"%s\")].status".formatted(type));
    }

    private static Map<String, Object> column(String name, String type, String path) {
        return ordered("name", name, "type", type, "jsonPath", path);
    }

    private static Map<String, Object> ordered(Object... keysAndValues) {
        var map = new LinkedHashMap<String, Object>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
