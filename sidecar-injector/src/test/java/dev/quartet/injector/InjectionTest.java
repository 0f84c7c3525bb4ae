package dev.quartet.injector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quartet.injector.decide.Decision;
import dev.quartet.injector.decide.Decision.Reason;
import dev.quartet.injector.inject.Outcome;
import dev.quartet.injector.manifest.ManifestException;
import dev.quartet.injector.manifest.ManifestInjector;
import dev.quartet.injector.patch.PodPatch;
import dev.quartet.injector.pod.InvalidPodException;
import dev.quartet.injector.pod.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The stages without a server.
class InjectionTest {
    private static final Path TESTDATA = Path.of("src/test/resources/testdata");
    private static final String POD =
            "{'metadata':{'name':'web','labels':{'app':'web'}},'spec':{'containers':[{'name':'web'}]}}";

    private final ManifestInjector manifests = new ManifestInjector(Injectors.nativeSidecars());

    @TempDir Path folder;

    static Stream<Path> cases() throws IOException {
        try (Stream<Path> folders = Files.list(TESTDATA)) {
            return folders.sorted().toList().stream();
        }
    }

    /// Rewritten by -Dgolden.update.
    @ParameterizedTest
    @MethodSource("cases")
    void injectsAsTheGoldenFileShows(Path example) throws Exception {
        var injected = manifests.inject(Files.readString(example.resolve("in.yaml")));

        var text = new StringBuilder();
        injected.results()
                .forEach(result ->
                        text.append("# ")
                                .append(result.kind())
                                .append(' ')
                                .append(result.name())
                                .append(": ")
                                .append(result.outcome())
                                .append(result.warnings().isEmpty() ? "" : " " + result.warnings())
                                .append('\n'));
        text.append(injected.yaml());
        Path out = example.resolve("out.yaml");
        String update = System.getProperty("golden.update", "");
        if (!update.isEmpty() && !update.startsWith("$")) {
            Files.writeString(out, text);
        }
        assertThat(text.toString()).isEqualTo(Files.readString(out));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void secondPassChangesNothing(Path example) throws Exception {
        String once = manifests.inject(Files.readString(example.resolve("in.yaml"))).yaml();

        var twice = manifests.inject(once);

        assertThat(twice.yaml()).isEqualTo(once);
        assertThat(twice.results()).noneMatch(result -> result.outcome().equals("injected"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {'hostNetwork':true}                              | {}                                            | shop        | HOST_NETWORK
                    {'hostNetwork':true}                              | {'sidecar.istio.io/inject':'true'}            | shop        | HOST_NETWORK
                    {'nodeSelector':{'kubernetes.io/os':'windows'}}   | {}                                            | shop        | WINDOWS_NODE
                    {'os':{'name':'windows'}}                         | {}                                            | shop        | WINDOWS_NODE
                    {}                                                | {'sidecar.istio.io/inject':'true'}            | kube-system | SYSTEM_NAMESPACE
                    {}                                                | {'sidecar.istio.io/status':'{}'}              | shop        | ALREADY_INJECTED
                    {'initContainers':[{'name':'istio-proxy'}]}       | {}                                            | shop        | ALREADY_INJECTED
                    {}                                                | {'sidecar.istio.io/inject':'false'}           | shop        | OPTED_OUT
                    {}                                                | {'sidecar.istio.io/inject':'nonsense'}        | shop        | OPTED_OUT
                    {}                                                | {'sidecar.istio.io/inject':'On'}              | shop        |
                    {}                                                | {'sidecar.istio.io/inject':''}                | shop        |
                    {}                                                | {}                                            | shop        |
                    """)
    void decidesWithAReason(
            String spec, String annotations, String namespace, @Nullable Reason reason) {
        ObjectNode json = Injectors.json(POD);
        Injectors.json(spec)
                .properties()
                .forEach(entry ->
                        ((ObjectNode) json.path("spec")).set(entry.getKey(), entry.getValue()));
        ((ObjectNode) json.path("metadata")).set("annotations", Injectors.json(annotations));

        var decision = Injectors.policy(true).decide(new Pod(json, namespace, null));

        assertThat(decision)
                .isEqualTo(reason == null ? new Decision.Inject() : new Decision.Skip(reason));
    }

    @Test
    void injectsOnlyOnRequestWhenThePolicyIsDisabled() {
        var silent = new Pod(Injectors.json(POD), "shop", null);
        var asking =
                new Pod(
                        Injectors.json(
                                "{'metadata':{'labels':{'sidecar.istio.io/inject':'true'}},'spec':{'containers':[{'name':'web'}]}}"),
                        "shop",
                        null);

        assertThat(Injectors.policy(false).decide(silent))
                .isEqualTo(new Decision.Skip(Reason.NOT_ENABLED));
        assertThat(Injectors.policy(false).decide(asking)).isEqualTo(new Decision.Inject());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {'name':'web'}                                                                                                     | web
                    {'generateName':'web-5d8f9-','labels':{'pod-template-hash':'5d8f9'}}                                               | web
                    {'name':'x','labels':{'pod-template-hash':'5d8f9'},'ownerReferences':[{'name':'web-5d8f9','controller':true}]}     | web
                    {'name':'db-0','ownerReferences':[{'name':'other'},{'name':'db','controller':true}]}                               | db
                    {}                                                                                                                 | unnamed
                    """)
    void namesTheWorkloadAfterItsOwner(String metadata, String workload) {
        ObjectNode json = Injectors.json(POD);
        json.set("metadata", Injectors.json(metadata));

        assertThat(new Pod(json, "shop", null).workload()).isEqualTo(workload);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    sidecar.istio.io/interceptionMode                  | TPROXY          | only REDIRECT
                    sidecar.istio.io/logLevel                          | loud            | use one of trace
                    sidecar.istio.io/rewriteAppHTTPProbers             | no              | "true" or "false"
                    sidecar.istio.io/proxyCPU                          | much            | quantity
                    sidecar.istio.io/proxyImage                        | $(reboot)       | image
                    traffic.sidecar.istio.io/excludeOutboundIPRanges   | 10.0.0.0        | "10.0.0.0" is not a CIDR
                    traffic.sidecar.istio.io/includeOutboundIPRanges   | 10.0.0.0/8,     | "" is not a CIDR
                    traffic.sidecar.istio.io/excludeInboundPorts       | 80,x            | "x" is not a port
                    traffic.sidecar.istio.io/includeInboundPorts       | 99999           | "99999" is not a port
                    traffic.sidecar.istio.io/excludeOutboundPorts      | *               | "*" is not a port
                    proxy.istio.io/config                              | '{'             | it is no YAML
                    proxy.istio.io/config                              | concurrency     | give fields as YAML
                    proxy.istio.io/config                              | 'proxyMetadata: 1' | proxyMetadata: 1": give names and values
                    proxy.istio.io/config                              | 'proxyMetadata: {ISTIO_META_HTTP10: yes}' | "1" or "0"
                    proxy.istio.io/config                              | 'proxyMetadata: {ISTIO_META_IDLE_TIMEOUT: 30}' | a duration like 30s
                    """)
    void refusesAnAnnotationItDoesNotUnderstand(String name, String value, String fix) {
        ObjectNode json = Injectors.json(POD);
        ((ObjectNode) json.path("metadata")).putObject("annotations").put(name, value);

        assertThatThrownBy(() -> Injectors.nativeSidecars().inject(new Pod(json, "shop", null)))
                .isInstanceOf(InvalidPodException.class)
                .hasMessageContaining("metadata.annotations[" + name + "]")
                .hasMessageContaining(fix);
    }

    @Test
    void proxyIsAnOrdinaryContainerWhereNativeSidecarsAreOff() {
        ObjectNode pod = Injectors.json(POD);

        var outcome = Injectors.with(false).inject(new Pod(pod, "shop", null));

        JsonNode spec = PodPatch.apply(pod, ((Outcome.Injected) outcome).operations()).path("spec");
        assertThat(spec.path("containers").get(1).path("name").asString()).isEqualTo("istio-proxy");
        assertThat(spec.path("containers").get(1).has("restartPolicy")).isFalse();
        assertThat(spec.path("initContainers")).hasSize(1);
    }

    @Test
    void aLabelCannotBorrowAVariableOfThePod() {
        ObjectNode pod =
                Injectors.json(
                        "{'metadata':{'labels':{'note':'$(POD_IP)'}},'spec':{'containers':[{'name':'web'}]}}");

        var outcome =
                (Outcome.Injected) Injectors.nativeSidecars().inject(new Pod(pod, "shop", null));

        assertThat(
                        PodPatch.apply(pod, outcome.operations())
                                .at("/spec/initContainers/1/args/1")
                                .asString())
                .contains("\"note\":\"$$(POD_IP)\"");
    }

    @Test
    void doesNotTouchThePodItIsGiven() {
        ObjectNode pod = Injectors.json(POD);
        ObjectNode before = pod.deepCopy();

        Injectors.nativeSidecars().inject(new Pod(pod, "shop", null));

        assertThat(pod).isEqualTo(before);
    }

    @Test
    void refusesManifestsByDocumentLineAndField() {
        assertRefused("", "there is no document");
        assertRefused("a: [1, 2", "line 1");
        assertRefused("kind: Pod\nkind: Pod", "line 2");
        assertRefused("metadata: {name: x}", "document 1: kind is missing");
        assertRefused(
                "kind: Deployment\nmetadata: {name: web}\nspec: {}",
                "document 1: Deployment web has no spec.template");
        assertRefused(
                "kind: Pod\nmetadata: {name: web}\nspec: {containers: []}",
                "Pod web: spec.containers is empty");
        assertRefused(
                "kind: Pod\nmetadata: {name: web, labels: {version: 1.10}}\nspec: {containers: [{name: a}]}",
                "metadata.labels[version] is not a string");
        assertRefused("kind: !!java.net.URL http://example", "line 1");
        assertRefused("[".repeat(5000) + "]".repeat(5000), "nested deeper than 100");
        var bomb = new StringBuilder("a0: &a0 [x,x]\n");
        for (int i = 1; i < 40; i++) {
            bomb.append("a%d: &a%d [*a%d,*a%d]%n".formatted(i, i, i - 1, i - 1));
        }
        assertRefused(bomb.toString(), "lias");
    }

    private void assertRefused(String yaml, String fault) {
        assertThatThrownBy(() -> manifests.inject(yaml))
                .isInstanceOf(ManifestException.class)
                .hasMessageContaining(fault);
    }

    /// What Kubernetes will start: the injected arguments, variables expanded, given to a stock Envoy.
    @Test
    void stockEnvoyAcceptsTheInjectedArguments() throws Exception {
        String binary =
                System.getenv().getOrDefault("ENVOY_BIN", System.getProperty("ENVOY_BIN", ""));
        assumeTrue(!binary.isEmpty(), "no Envoy to ask: set ENVOY_BIN, as ./mesh test does");
        ObjectNode pod = Injectors.json(POD);
        var outcome =
                (Outcome.Injected) Injectors.nativeSidecars().inject(new Pod(pod, "shop", null));
        JsonNode injected = PodPatch.apply(pod, outcome.operations());
        JsonNode proxy = injected.at("/spec/initContainers/1");
        Files.writeString(
                folder.resolve("token-sds.json"),
                injected.path("metadata")
                        .path("annotations")
                        .path("quartet.dev/token-sds")
                        .asString());
        Files.writeString(
                folder.resolve("root-sds.json"),
                injected.path("metadata")
                        .path("annotations")
                        .path("quartet.dev/root-sds")
                        .asString());
        var command = new ArrayList<>(List.of(binary));
        for (JsonNode argument : proxy.path("args")) {
            command.add(
                    argument.asString()
                            .replace("$(POD_NAME)", "web-1")
                            .replace("$(POD_NAMESPACE)", "shop")
                            .replace("$(POD_IP)", "10.0.0.7")
                            .replace("$(SERVICE_ACCOUNT)", "web")
                            .replace("/etc/istio/proxy", folder.toString()));
        }
        command.addAll(List.of("--mode", "validate"));

        Process envoy =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("output").toFile())
                        .start();

        try {
            assertThat(envoy.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            envoy.destroyForcibly();
        }
        assertThat(envoy.exitValue()).as(Files.readString(folder.resolve("output"))).isZero();
    }
}
