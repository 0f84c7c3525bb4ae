package dev.quartet.pilot.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Reason;
import dev.quartet.config.Severity;
import dev.quartet.config.Spec;
import dev.quartet.config.authentication.MeshPolicy;
import dev.quartet.config.authentication.Policy;
import dev.quartet.config.check.ResourceChecker;
import dev.quartet.config.mesh.MeshConfig;
import dev.quartet.config.networking.DestinationRule;
import dev.quartet.config.networking.EnvoyFilter;
import dev.quartet.config.networking.Gateway;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.config.networking.Sidecar;
import dev.quartet.config.networking.VirtualService;
import dev.quartet.config.read.ReadResource;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.config.security.PeerAuthentication;
import dev.quartet.config.security.RequestAuthentication;
import dev.quartet.testkit.GoldenCases;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// Whatever a user can set and this version translates has a case that shows it, by requests or as what Envoy gets; `coverage.md` is
/// the list.
class CoverageTest {
    private static final List<Class<? extends Spec>> KINDS =
            List.of(
                    VirtualService.class,
                    DestinationRule.class,
                    ServiceEntry.class,
                    Sidecar.class,
                    Gateway.class,
                    MeshConfig.class,
                    PeerAuthentication.class,
                    RequestAuthentication.class,
                    Policy.class,
                    MeshPolicy.class,
                    AuthorizationPolicy.class,
                    EnvoyFilter.class);

    /// Text matches that are refused when they are empty, and what says nothing where it stands.
    private static final Set<String> NEVER_RIGHT =
            Set.of(
                    "VirtualService.http.match.uri.present",
                    "VirtualService.http.corsPolicy.allowOrigins.present",
                    "Sidecar.ingress.port.targetPort",
                    "Sidecar.ingress.tls.httpsRedirect",
                    "Sidecar.ingress.tls.mode.PASSTHROUGH",
                    "Sidecar.ingress.tls.mode.AUTO_PASSTHROUGH",
                    "Sidecar.ingress.tls.mode.ISTIO_MUTUAL",
                    "Sidecar.ingress.tls.credentialName",
                    "Sidecar.ingress.tls.credentialNames",
                    "Sidecar.ingress.tls.caCertCredentialName",
                    "Sidecar.ingress.tls.tlsCertificates.caCertificates",
                    "Gateway.servers.tls.tlsCertificates.caCertificates");

    /// What Pilot has no part in, and the tests that show it.
    private static final Map<String, String> ELSEWHERE =
            Map.of(
                    "MeshConfig.ingressClass", "config-import IngressCasesTest",
                    "MeshConfig.ingressSelector", "config-import IngressCasesTest",
                    "MeshConfig.ingressControllerMode.UNSPECIFIED",
                            "config-import IngressCasesTest",
                    "MeshConfig.ingressControllerMode.OFF", "config-import IngressCasesTest",
                    "MeshConfig.ingressControllerMode.DEFAULT", "config-import IngressCasesTest",
                    "MeshConfig.ingressControllerMode.STRICT", "config-import IngressCasesTest",
                    "MeshConfig.ingressService", "galley-service IngressStatusTest");

    /// A case of requests, or a golden one, whose head has `covers` too.
    private record Example(String name, List<String> covers, List<ReadResource> resources) {}

    @Test
    void everyTranslatedFieldHasACase() {
        var covered = coveredBy();

        var missing = new LinkedHashSet<String>();
        covered.forEach((field, cases) -> {
            if (cases.isEmpty()) {
                missing.add(field);
            }
        });

        assertThat(missing)
                .as("fields without a case: write one, or mark the field @NotTranslated")
                .isEmpty();
    }

    @Test
    void everyCaseSetsWhatItSaysItCovers() {
        var declared = new TreeSet<String>();
        KINDS.forEach(kind -> declared.addAll(FieldIds.declared(kind).keySet()));

        var wrong = new ArrayList<String>();
        for (var example : TrafficCase.all()) {
            if (example.covers().isEmpty() || example.requests().isEmpty()) {
                wrong.add(example + " covers nothing");
            }
        }
        for (var example : examples()) {
            for (var resource : example.resources()) {
                ResourceChecker.check(resource).stream()
                        .filter(problem ->
                                problem.severity() == Severity.ERROR
                                        || problem.reason() == Reason.NOT_SUPPORTED_YET)
                        .forEach(problem -> wrong.add(example.name() + ": " + problem));
            }
            var set = set(example);
            for (var field : example.covers()) {
                if (!declared.contains(field)) {
                    wrong.add(example.name() + " covers " + field + ", which is no field");
                } else if (!set.contains(field)) {
                    wrong.add(example.name() + " covers " + field + " and does not set it");
                }
            }
        }

        assertThat(wrong).isEmpty();
    }

    @Test
    void theListIsUpToDate() throws IOException {
        var text = new StringBuilder("# Fields and the cases that show them\n\n");
        text.append(
                "Written by `CoverageTest` with `-Dgolden.update=true`.\n\n| Field | Cases |\n|---|---|\n");
        coveredBy()
                .forEach((field, cases) ->
                        text.append("| ")
                                .append(field)
                                .append(" | ")
                                .append(String.join(", ", cases))
                                .append(" |\n"));
        var file = TrafficCase.FOLDER.resolve("coverage.md");

        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(file, text.toString());
        }
        assertThat(text.toString()).isEqualTo(Files.readString(file));
    }

    /// The cases of each field that needs one.
    private static Map<String, SequencedSet<String>> coveredBy() {
        var covered = new LinkedHashMap<String, SequencedSet<String>>();
        for (var kind : KINDS) {
            FieldIds.needed(kind).stream()
                    .filter(field -> !NEVER_RIGHT.contains(field))
                    .forEach(field -> covered.put(field, new LinkedHashSet<>()));
        }
        var fields = new HashMap<String, String>();
        KINDS.forEach(kind -> fields.putAll(FieldIds.declared(kind)));
        ELSEWHERE.forEach(
                (field, test) -> Objects.requireNonNull(covered.get(field), field).add(test));
        for (var example : examples()) {
            for (var field : example.covers()) {
                covered.forEach((needed, cases) -> {
                    if (field.startsWith(needed + ".")
                            || Objects.equals(fields.get(field), fields.get(needed))) {
                        cases.add(example.name());
                    }
                });
            }
        }
        return covered;
    }

    private static TreeSet<String> set(Example example) {
        return example.resources().stream()
                .map(read -> read.resource().spec())
                .flatMap(spec -> FieldIds.set(spec).stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<Example> examples() {
        var examples = new ArrayList<Example>();
        for (var example : TrafficCase.all()) {
            examples.add(
                    new Example(
                            example.name(),
                            example.covers(),
                            resources(example.file().toString(), example.config())));
        }
        for (var golden : GoldenCases.under("testdata")) {
            var text = golden.in();
            var end = text.indexOf("\n---\n");
            var covers =
                    TrafficCase.list(
                            TrafficCase.map(
                                            new Load(LoadSettings.builder().build())
                                                    .loadFromString(text.substring(0, end)))
                                    .get("covers"));
            if (!covers.isEmpty()) {
                examples.add(
                        new Example(
                                "testdata/" + golden,
                                covers.stream().map(String::valueOf).toList(),
                                resources(golden.toString(), text.substring(end + 5))));
            }
        }
        return examples;
    }

    private static List<ReadResource> resources(String name, String config) {
        return new ResourceReader().readYaml(name, config).resources();
    }
}
