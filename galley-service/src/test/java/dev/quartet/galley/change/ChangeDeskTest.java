package dev.quartet.galley.change;

import static dev.quartet.galley.change.TestDesk.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Severity;
import dev.quartet.galley.history.Cause;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.SourceContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class ChangeDeskTest {
    private static final Cause CAUSE = Cause.rest(Cause.Kind.APPLY, null, null);
    private static final Terms NOW = new Terms(CAUSE, new Precondition.None(), false);
    private static final Terms DRY = new Terms(CAUSE, new Precondition.None(), true);

    @TempDir Path state;
    @RegisterExtension final TestDesk desks = new TestDesk();

    private ConfigFile builtIn = file("built-in.yaml", entry("base", "10.0.0.1"));
    private ConfigFile directory = file("dir.yaml", "");
    private ChangeDesk desk;

    @BeforeEach
    void openDesk() {
        desk = reopen();
    }

    private ChangeDesk reopen() {
        return desks.open(
                state,
                () -> new SourceContent(Origin.BUILT_IN, builtIn.resources(), List.of()),
                () -> new SourceContent(Origin.DIRECTORY, directory.resources(), List.of()));
    }

    private static ConfigFile file(String name, String... yaml) {
        return ConfigFile.read(name, String.join("---\n", yaml));
    }

    private static String entry(String name, String address) {
        return """
        apiVersion: networking.istio.io/v1alpha3
        kind: WorkloadEntry
        metadata:
          name: %s
          namespace: shop
        spec:
          address: %s
        """
                .formatted(name, address);
    }

    private static String rule(String name, String handler) {
        return """
        apiVersion: config.istio.io/v1alpha2
        kind: rule
        metadata: {name: %s, namespace: shop}
        spec:
          match: destination.labels["app"] == "reviews"
          actions:
          - handler: %s
            instances: [nothing]
        """
                .formatted(name, handler);
    }

    private static final String HANDLER =
            """
            apiVersion: config.istio.io/v1alpha2
            kind: handler
            metadata: {name: deny, namespace: shop}
            spec:
              compiledAdapter: denier
              params: {status: {code: 7, message: closed}}
            """;
    private static final String INSTANCE =
            """
            apiVersion: config.istio.io/v1alpha2
            kind: instance
            metadata: {name: nothing, namespace: shop}
            spec: {compiledTemplate: checknothing}
            """;

    private Outcome.Accepted accepted(String... yaml) throws IOException {
        var outcome = desk.apply(List.of(file("test.yaml", yaml)), NOW);
        assertThat(outcome).isInstanceOf(Outcome.Accepted.class);
        return (Outcome.Accepted) outcome;
    }

    private Outcome.Refused refused(String... yaml) throws IOException {
        var outcome = desk.apply(List.of(file("test.yaml", yaml)), NOW);
        assertThat(outcome).isInstanceOf(Outcome.Refused.class);
        return (Outcome.Refused) outcome;
    }

    private String addressOf(String name) {
        var entry = desk.config().entries().get(key(name));
        return entry == null
                ? "none"
                : new String(dev.quartet.config.write.CanonicalJson.write(entry.resource().spec()));
    }

    @Test
    void saysWhatWasCreatedChangedAndUnchanged() throws IOException {
        accepted(entry("a", "10.0.0.1"), entry("b", "10.0.0.1"));
        var before = desk.log().current().id();

        var outcome =
                accepted(entry("a", "10.0.0.1"), entry("b", "10.0.0.2"), entry("c", "10.0.0.3"));

        assertThat(outcome.unchanged()).containsExactly(key("a"));
        assertThat(outcome.changed()).containsExactly(key("b"));
        assertThat(outcome.created()).containsExactly(key("c"));
        assertThat(outcome.after().revision())
                .isEqualTo(desk.log().current().id())
                .isNotEqualTo(before);
    }

    private static String routes(String name, String timeout) {
        return """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: %s, namespace: shop}
        spec:
          hosts: [reviews]
          http:
          - route: [{destination: {host: reviews}}]
            timeout: %s
        """
                .formatted(name, timeout);
    }

    /// Hardening case 34.
    @Test
    void ofTwoRulesForOneHostTheOlderStaysInForce() throws IOException {
        accepted(routes("m", "1s"));

        assertThat(accepted(routes("z", "1s")).warnings())
                .extracting(Problem::toString)
                .anyMatch(text ->
                        text.startsWith("ConflictingHosts test.yaml:5 VirtualService shop/z")
                                && text.contains("VirtualService shop/m's already (test.yaml:1)"));

        assertThat(refused(routes("a", "1s")).problems())
                .filteredOn(problem -> problem.severity() == Severity.ERROR)
                .singleElement()
                .asString()
                .startsWith("TakenFromAnother test.yaml:5 VirtualService shop/m spec.hosts[0]: ")
                .contains("VirtualService shop/a's already (test.yaml:1)")
                .contains("delete the older one first");

        accepted(routes("m", "2s"));
        desk.delete(List.of(new ResourceKey(Kind.VIRTUAL_SERVICE, "shop", "m")), NOW);
        refused(routes("a", "1s"));
        desk.delete(List.of(new ResourceKey(Kind.VIRTUAL_SERVICE, "shop", "z")), NOW);
        accepted(routes("a", "1s"), routes("b", "1s"));
    }

    @Test
    void refusesTheWholeSetForOneBadDocumentAndNamesFileLineAndField() throws IOException {
        var before = desk.log().current();
        var bad = entry("b", "10.0.0.1").replace("address:", "adress:");

        var outcome =
                desk.apply(
                        List.of(
                                file("good.yaml", entry("a", "10.0.0.1")),
                                file("bad.yaml", entry("c", "10.0.0.1"), bad)),
                        NOW);

        assertThat(outcome)
                .asInstanceOf(type(Outcome.Refused.class))
                .satisfies(refused -> {
                    assertThat(refused.problems())
                            .anySatisfy(problem -> {
                                assertThat(problem.reason()).isEqualTo(Reason.UNKNOWN_FIELD);
                                assertThat(problem.position()).hasToString("bad.yaml:15");
                                assertThat(problem.path().text()).isEqualTo("spec.adress");
                                assertThat(problem.resource()).isEqualTo(key("b"));
                            });
                    assertThat(refused.problems())
                            .noneMatch(it -> it.toString().contains("good.yaml"));
                });
        assertThat(desk.log().current()).isSameAs(before);
        assertThat(desk.config().entries()).doesNotContainKey(key("a"));
    }

    @Test
    void reportsAllErrorsNotTheFirst() throws IOException {
        var outcome =
                refused(
                        entry("a", "10.0.0.1").replace("address:", "adress:"),
                        entry("b", "10.0.0.1")
                                .replace("kind: WorkloadEntry", "kind: WorkloadEntri"));

        assertThat(outcome.problems())
                .extracting(Problem::reason)
                .contains(Reason.UNKNOWN_FIELD, Reason.UNKNOWN_KIND);
    }

    @Test
    void refusesTwoDocumentsOfOneResource() throws IOException {
        var outcome = refused(entry("a", "10.0.0.1"), entry("a", "10.0.0.2"));

        assertThat(outcome.problems())
                .extracting(Problem::reason)
                .contains(Reason.DUPLICATE_RESOURCE);
    }

    @Test
    void letsAWarningInAndShowsIt() throws IOException {
        var outcome =
                accepted(
                        """
                        apiVersion: networking.istio.io/v1alpha3
                        kind: VirtualService
                        metadata: {name: reviews, namespace: shop}
                        spec:
                          hosts: [reviews.shop.svc.cluster.local]
                          http:
                          - route:
                            - destination:
                                host: nowhere.shop.svc.cluster.local
                        """);

        assertThat(outcome.warnings())
                .anySatisfy(problem -> {
                    assertThat(problem.severity()).isEqualTo(Severity.WARNING);
                    assertThat(problem.reason()).isEqualTo(Reason.HOST_NOT_FOUND);
                    assertThat(String.valueOf(problem.position())).startsWith("test.yaml:");
                });
        assertThat(desk.config().entries())
                .containsKey(new ResourceKey(Kind.VIRTUAL_SERVICE, "shop", "reviews"));
    }

    @Test
    void takesReferencesWithinOneSetInAnyOrder() throws IOException {
        assertThat(refused(rule("deny", "deny")).problems())
                .extracting(Problem::reason)
                .contains(Reason.UNKNOWN_HANDLER);

        assertThat(accepted(rule("deny", "deny"), INSTANCE, HANDLER).created()).hasSize(3);
    }

    @Test
    void refusesADeleteThatBreaksWhatStays() throws IOException {
        accepted(HANDLER, INSTANCE, rule("deny", "deny"));
        var handler = new ResourceKey(Kind.HANDLER, "shop", "deny");

        var outcome = desk.delete(List.of(handler), NOW);

        assertThat(outcome)
                .asInstanceOf(type(Outcome.Refused.class))
                .satisfies(refused ->
                        assertThat(refused.problems())
                                .extracting(Problem::reason)
                                .contains(Reason.UNKNOWN_HANDLER));
        var both = desk.delete(List.of(new ResourceKey(Kind.RULE, "shop", "deny"), handler), NOW);
        assertThat(both).isInstanceOf(Outcome.Accepted.class);
    }

    @Test
    void doesNotHoldAnOldErrorAgainstANewChange() throws IOException {
        directory = file("dir.yaml", rule("broken", "nobody"));
        desk.refresh(Cause.directory());
        assertThat(desk.config().hasErrors()).isTrue();

        assertThat(accepted(entry("a", "10.0.0.1")).created()).containsExactly(key("a"));
    }

    @Test
    void restWinsOverDirectoryWinsOverBuiltIn() throws IOException {
        assertThat(addressOf("base")).contains("10.0.0.1");
        directory = file("dir.yaml", entry("base", "10.0.0.2"));
        desk.refresh(Cause.directory());
        assertThat(addressOf("base")).contains("10.0.0.2");

        accepted(entry("base", "10.0.0.3"));

        assertThat(addressOf("base")).contains("10.0.0.3");
        var entry = desk.config().entries().get(key("base"));
        assertThat(entry).isNotNull();
        assertThat(entry.origin()).isEqualTo(Origin.APPLIED);
        assertThat(entry.hidden()).containsExactly(Origin.BUILT_IN, Origin.DIRECTORY);
        var deleted = desk.delete(List.of(key("base")), NOW);
        assertThat(deleted)
                .asInstanceOf(type(Outcome.Accepted.class))
                .satisfies(it -> assertThat(it.uncovered()).containsExactly(key("base")));
        assertThat(addressOf("base")).contains("10.0.0.2");
    }

    @Test
    void doesNotDeleteWhatOtherSourcesHave() throws IOException {
        directory = file("dir.yaml", entry("a", "10.0.0.2"));
        desk.refresh(Cause.directory());

        var outcome = desk.delete(List.of(key("a"), key("base")), NOW);

        assertThat(outcome)
                .asInstanceOf(type(Outcome.NotApplied.class))
                .satisfies(it ->
                        assertThat(it.places())
                                .containsExactly(
                                        "the directory's file dir.yaml:1",
                                        "the built-in defaults"));
    }

    @Test
    void aDryRunChangesNothing() throws IOException {
        var before = desk.log().current();

        var outcome = desk.apply(List.of(file("test.yaml", entry("a", "10.0.0.1"))), DRY);

        assertThat(outcome)
                .asInstanceOf(type(Outcome.Accepted.class))
                .satisfies(it -> {
                    assertThat(it.created()).containsExactly(key("a"));
                    assertThat(it.after().revision()).isNotEqualTo(before.id());
                });
        assertThat(desk.log().current()).isSameAs(before);
        assertThat(reopen().config().entries()).doesNotContainKey(key("a"));
    }

    @Test
    void theRevisionIsAHashOfTheContent() throws IOException {
        var empty = desk.log().current().id();
        var one = accepted(entry("a", "10.0.0.1")).after().revision();
        desk.delete(List.of(key("a")), NOW);
        assertThat(desk.log().current().id()).isEqualTo(empty);

        assertThat(accepted(entry("a", "10.0.0.1")).after().revision()).isEqualTo(one);
        assertThat(reopen().log().current().id()).isEqualTo(one);
    }

    @Test
    void changesNothingWhenTheDiskRefuses() throws IOException {
        accepted(entry("a", "10.0.0.1"));
        var before = desk.log().current();
        Files.delete(state.resolve("config/applied.yaml"));
        Files.createDirectories(state.resolve("config/applied.yaml/in-the-way"));

        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> desk.apply(List.of(file("test.yaml", entry("b", "10.0.0.1"))), NOW))
                .isInstanceOf(IOException.class);

        assertThat(desk.log().current()).isSameAs(before);
        assertThat(desk.config().entries()).doesNotContainKey(key("b"));
    }

    @Test
    void changesNothingWhenSomeoneElseWasFaster() throws IOException {
        var seen = desk.state().revision();
        accepted(entry("a", "10.0.0.1"));
        var now = desk.state().revision();
        var late = new Terms(CAUSE, new Precondition.AtRevision(Set.of(seen)), false);

        var applied = desk.apply(List.of(file("test.yaml", entry("b", "10.0.0.1"))), late);
        var deleted = desk.delete(List.of(key("a")), late);

        assertThat(applied).isEqualTo(new Outcome.Stale(null, now));
        assertThat(deleted).isEqualTo(new Outcome.Stale(null, now));
        assertThat(desk.config().entries()).containsKey(key("a")).doesNotContainKey(key("b"));
        var again = new Terms(CAUSE, new Precondition.AtRevision(Set.of(seen, now)), false);
        assertThat(desk.delete(List.of(key("a")), again)).isInstanceOf(Outcome.Accepted.class);
    }

    @Test
    void aPreconditionCanBeAboutOneResource() throws IOException {
        accepted(entry("a", "10.0.0.1"));
        var version = versionOf("a");
        accepted(entry("b", "10.0.0.1"));

        assertThat(put("a", "10.0.0.2", new Precondition.AtVersion(key("a"), Set.of(version))))
                .isInstanceOf(Outcome.Accepted.class);
        assertThat(put("a", "10.0.0.3", new Precondition.AtVersion(key("a"), Set.of(version))))
                .isEqualTo(new Outcome.Stale(key("a"), versionOf("a")));
        assertThat(put("c", "10.0.0.1", new Precondition.AtVersion(key("c"), Set.of(version))))
                .isEqualTo(new Outcome.Stale(key("c"), null));
        assertThat(put("c", "10.0.0.1", new Precondition.Present(key("c"))))
                .isEqualTo(new Outcome.Stale(key("c"), null));
        assertThat(put("c", "10.0.0.1", new Precondition.Absent(key("c"))))
                .isInstanceOf(Outcome.Accepted.class);
        assertThat(put("c", "10.0.0.2", new Precondition.Absent(key("c"))))
                .isEqualTo(new Outcome.Stale(key("c"), versionOf("c")));
        assertThat(put("c", "10.0.0.2", new Precondition.Present(key("c"))))
                .isInstanceOf(Outcome.Accepted.class);
    }

    private Outcome put(String name, String address, Precondition precondition) throws IOException {
        return desk.apply(
                List.of(file("test.yaml", entry(name, address))),
                new Terms(CAUSE, precondition, false));
    }

    private String versionOf(String name) {
        return Objects.requireNonNull(desk.config().entries().get(key(name))).resource().version();
    }

    @Test
    void whatTheDirectoryHasNowComesInAsAChangeOfItsOwn() throws IOException {
        directory = file("dir.yaml", entry("edited", "10.0.0.1"));

        accepted(entry("a", "10.0.0.1"));

        assertThat(desk.config().entries()).doesNotContainKey(key("edited"));
        desk.refresh(Cause.directory());
        assertThat(desk.config().entries()).containsKeys(key("edited"), key("a"));
    }

    @Test
    void aUsersMeshConfigStandsInPlaceOfTheBuiltIn() throws IOException {
        builtIn = file("built-in.yaml", meshConfig("istio-system", "default", 15002));
        desk.refresh(Cause.directory());

        accepted(meshConfig("shop", "mine", 15003));

        assertThat(desk.config().entries().keySet())
                .extracting(ResourceKey::namespacedName)
                .containsExactly("shop/mine");
    }

    private static String meshConfig(String namespace, String name, int port) {
        return """
        apiVersion: mesh.istio.io/v1alpha1
        kind: MeshConfig
        metadata: {name: %s, namespace: %s}
        spec: {reportBatchMaxEntries: %d}
        """
                .formatted(name, namespace, port);
    }
}
