package dev.quartet.galley.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.admin.webhook.AdmissionAnswer;
import dev.quartet.admin.webhook.AdmissionReview;
import dev.quartet.admin.webhook.MalformedReviewException;
import dev.quartet.config.Kind;
import dev.quartet.config.Problem;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.change.ChangeDesk;
import dev.quartet.galley.history.Cause;
import dev.quartet.galley.history.History;
import dev.quartet.galley.register.ValidationWebhooks;
import dev.quartet.galley.source.AppliedSource;
import dev.quartet.galley.source.ConfigFile;
import dev.quartet.galley.source.Origin;
import dev.quartet.galley.source.SourceContent;
import dev.quartet.galley.source.StateFolder;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ConfigReviewerTest {
    private static final Duration NONE = Duration.ZERO;
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String ROUTE =
            """
            {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
             "metadata": {"name": "reviews", "namespace": "shop"},
             "spec": {"hosts": ["reviews"], "http": [{"route": [
               {"destination": {"host": "reviews", "subset": "v1"}, "weight": 90},
               {"destination": {"host": "reviews", "subset": "v2"}, "weight": 10}]}]}}
            """;
    private static final String HANDLER =
            """
            {"apiVersion": "config.istio.io/v1alpha2", "kind": "handler",
             "metadata": {"name": "deny", "namespace": "shop"},
             "spec": {"compiledAdapter": "denier", "params": {"status": {"code": 7, "message": "closed"}}}}
            """;
    private static final String INSTANCE =
            """
            {"apiVersion": "config.istio.io/v1alpha2", "kind": "instance",
             "metadata": {"name": "nothing", "namespace": "shop"},
             "spec": {"compiledTemplate": "checknothing"}}
            """;
    private static final String RULE =
            """
            {"apiVersion": "config.istio.io/v1alpha2", "kind": "rule",
             "metadata": {"name": "deny-all", "namespace": "shop"},
             "spec": {"match": "true", "actions": [{"handler": "deny", "instances": ["nothing"]}]}}
            """;

    private static final class Counts implements ConfigReviewer.Observer {
        private final List<ResourceKey> passed = new ArrayList<>();
        private final List<Problem> failed = new ArrayList<>();
        private final List<ResourceKey> kept = new ArrayList<>();

        @Override
        public void passed(ResourceKey resource) {
            passed.add(resource);
        }

        @Override
        public void failed(Collection<Problem> errors) {
            failed.addAll(errors);
        }

        @Override
        public void kept(ResourceKey resource) {
            kept.add(resource);
        }
    }

    private static final class Silent implements ChangeDesk.Observer {
        @Override
        public void accepted(Collection<ResourceKey> resources) {}

        @Override
        public void refused(Collection<Problem> errors) {}

        @Override
        public void sourceChanged() {}
    }

    private static final class Departing implements Departures {
        private final Set<String> namespaces = ConcurrentHashMap.newKeySet();
        private final Set<String> resources = ConcurrentHashMap.newKeySet();
        private final Set<String> gone = ConcurrentHashMap.newKeySet();

        @Override
        public boolean isGone(ResourceKey resource) {
            return gone.contains(resource.toString());
        }

        @Override
        public boolean isLeaving(ResourceKey resource) {
            return resources.contains(resource.toString());
        }

        @Override
        public boolean isTerminating(String namespace) {
            return namespaces.contains(namespace);
        }
    }

    @TempDir Path state;

    private final Counts counts = new Counts();
    private final Departing departing = new Departing();
    private volatile SourceContent stored =
            new SourceContent(Origin.KUBERNETES, List.of(), List.of());
    private ChangeDesk desk;
    private ConfigReviewer pilot;
    private ConfigReviewer mixer;

    @BeforeEach
    void open() {
        var folder = StateFolder.open(state);
        var applied = new AppliedSource(folder);
        desk =
                ChangeDesk.open(
                        applied,
                        List.of(() -> stored),
                        History.open(folder, applied.resources(), 1, false, Clock.systemUTC()),
                        Clock.systemUTC(),
                        new Silent());
        pilot = reviewer(ValidationWebhooks.pilotsKinds(), ReferencedDeletes.REFUSE, NONE);
        mixer = reviewer(ValidationWebhooks.mixersKinds(), ReferencedDeletes.REFUSE, NONE);
    }

    /// What Galley writes as one at the moment.
    private Agreements agreements = Agreements.NONE;

    private ConfigReviewer reviewer(Set<Kind> kinds, ReferencedDeletes deletes, Duration patience) {
        return new ConfigReviewer(desk, kinds, deletes, departing, agreements, patience, counts);
    }

    private ConfigReviewer patient() {
        return reviewer(
                ValidationWebhooks.mixersKinds(), ReferencedDeletes.REFUSE, Duration.ofMinutes(1));
    }

    private void store(String... objects) {
        var resources = new ArrayList<>(stored.resources());
        for (var object : objects) {
            resources.addAll(ConfigFile.readObject("shop/stored@1", object).resources());
        }
        stored = new SourceContent(Origin.KUBERNETES, resources, List.of());
        desk.refresh(Cause.directory());
    }

    private static AdmissionReview review(String operation, String object, String more) {
        var kind = JSON.readTree(object).path("kind").asString();
        var group = JSON.readTree(object).path("apiVersion").asString().split("/", 2)[0];
        var field = operation.equals("DELETE") ? "oldObject" : "object";
        return new AdmissionReview(
                "admission.k8s.io/v1",
                "u-1",
                JSON.readTree(
                        """
                        {"kind": {"group": "%s", "kind": "%s"}, "namespace": "shop", "operation": "%s", "%s": %s%s}
                        """
                                .formatted(group, kind, operation, field, object, more)));
    }

    private static AdmissionReview create(String object) {
        return review("CREATE", object, "");
    }

    private static AdmissionReview update(String before, String after) {
        return review("UPDATE", after, ", \"oldObject\": " + before);
    }

    private static AdmissionAnswer.Denied denied(AdmissionAnswer answer) {
        assertThat(answer).isInstanceOf(AdmissionAnswer.Denied.class);
        return (AdmissionAnswer.Denied) answer;
    }

    private static List<String> allowed(AdmissionAnswer answer) {
        assertThat(answer).isInstanceOf(AdmissionAnswer.Allowed.class);
        return answer.warnings();
    }

    @Test
    void deniesInTheWordsOfFilesAndRest() throws Exception {
        var bad =
                ROUTE.replace("\"weight\": 10", "\"weight\": 1").replace("\"hosts\"", "\"hsots\"");

        var answer = denied(pilot.review(create(bad)));

        assertThat(answer.code()).isEqualTo(422);
        assertThat(answer.reason()).isEqualTo("Invalid");
        assertThat(answer.message())
                .contains("UnknownField VirtualService shop/reviews spec.hsots: ")
                .contains("did you mean hosts?");
        assertThat(answer.details()).isNotNull();
        assertThat(answer.details().name()).isEqualTo("reviews");
        assertThat(answer.details().causes())
                .extracting(AdmissionAnswer.Cause::field)
                .contains("spec.hsots");
        assertThat(answer.message().lines())
                .hasSize(answer.details().causes().size())
                .allSatisfy(line -> assertThat(line).contains(": ").contains("; "));
        assertThat(counts.passed).isEmpty();
        assertThat(counts.failed).hasSize(answer.details().causes().size());
    }

    @Test
    void tellsEveryProblemAtOnce() throws Exception {
        var bad =
                ROUTE.replace("\"weight\": 10", "\"weight\": -1")
                        .replace(
                                "\"route\"",
                                "\"timeout\": \"-1s\", \"match\": [{\"uri\": {\"regex\": \"(\"}}], \"route\"");

        var answer = denied(pilot.review(create(bad)));

        assertThat(answer.message())
                .contains("spec.http[0].timeout")
                .contains("spec.http[0].match[0].uri")
                .contains("spec.http[0].route");
    }

    @Test
    void letsInWithWarnings() throws Exception {
        var warnings = allowed(pilot.review(create(ROUTE)));

        assertThat(warnings)
                .anySatisfy(line ->
                        assertThat(line)
                                .startsWith("HostNotFound VirtualService shop/reviews spec.http[0]")
                                .doesNotContain("\n"));
        assertThat(counts.passed).hasSize(1);
        assertThat(desk.config().entries()).as("nothing is in force yet").isEmpty();
    }

    /// A rule before its handler: Galley writes both, and has judged them together.
    @Test
    void whatGalleyItselfWritesAsOnePasses() throws Exception {
        var rule = RULE;
        denied(mixer.review(create(rule)));
        agreements =
                new Agreements() {
                    @Override
                    public boolean isStored(ResourceKey key, Predicate<JsonNode> same) {
                        return key.kind() == Kind.RULE && same.test(JSON.readTree(rule));
                    }

                    @Override
                    public boolean isDeleted(ResourceKey key) {
                        return true;
                    }
                };
        var galleys = reviewer(ValidationWebhooks.mixersKinds(), ReferencedDeletes.REFUSE, NONE);

        assertThat(allowed(galleys.review(create(rule)))).isEmpty();
        denied(galleys.review(create(rule.replace("\"deny\"", "\"another\""))));

        store(HANDLER, INSTANCE, rule);
        denied(mixer.review(review("DELETE", HANDLER, "")));
        allowed(galleys.review(review("DELETE", HANDLER, "")));
    }

    @Test
    void aDryRunCountsNothing() throws Exception {
        allowed(pilot.review(review("CREATE", ROUTE, ", \"dryRun\": true")));
        denied(pilot.review(review("CREATE", ROUTE.replace("90", "-90"), ", \"dryRun\": true")));

        assertThat(counts.passed).isEmpty();
        assertThat(counts.failed).isEmpty();
    }

    @Test
    void othersObjectsPass() throws Exception {
        var pod = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"}}";
        var unknown = ROUTE.replace("VirtualService", "ProxyConfig");
        var otherGroup = ROUTE.replace("networking.istio.io/v1", "example.org/v1");

        for (var object : List.of(pod, unknown, otherGroup)) {
            assertThat(allowed(pilot.review(create(object)))).isEmpty();
            assertThat(allowed(mixer.review(create(object)))).isEmpty();
        }
        assertThat(allowed(mixer.review(create(ROUTE.replace("90", "-90")))))
                .as("it is the other path's")
                .isEmpty();
        assertThat(allowed(pilot.review(review("CONNECT", ROUTE, "")))).isEmpty();
    }

    @Test
    void aReviewWithoutObjectIsMalformed() {
        assertThatThrownBy(() ->
                        pilot.review(
                                new AdmissionReview(
                                        "admission.k8s.io/v1",
                                        "u-1",
                                        JSON.readTree(
                                                """
                                                {"kind": {"group": "networking.istio.io", "kind": "VirtualService"}, "operation": "CREATE", "object": null}
                                                """))))
                .isInstanceOf(MalformedReviewException.class)
                .hasMessageContaining("request.object is missing");
    }

    /// A bad object from before can be deleted, and whoever looks after its finalizers is not kept from it.
    @Test
    void aBadObjectThatStaysAsItIsIsNotHeldUp() throws Exception {
        var bad = ROUTE.replace("90", "-90");
        var metadataOnly =
                bad.replace("\"name\": \"reviews\"", "\"finalizers\": [], \"name\": \"reviews\"");
        var goingAway =
                ROUTE.replace("90", "-80")
                        .replace(
                                "\"name\": \"reviews\"",
                                "\"deletionTimestamp\": \"2026-11-26T00:00:00Z\", \"name\": \"reviews\"");

        allowed(pilot.review(update(bad, metadataOnly)));
        allowed(pilot.review(update(bad, goingAway)));
        denied(pilot.review(update(bad, bad.replace("\"subset\": \"v1\"", "\"subset\": \"v3\""))));
        allowed(pilot.review(update(bad, ROUTE)));
    }

    @Test
    void takesTheNamespaceOfTheRequest() throws Exception {
        var object = ROUTE.replace(", \"namespace\": \"shop\"", "").replace("90", "-90");

        assertThat(denied(pilot.review(create(object))).message())
                .contains("VirtualService shop/reviews");
    }

    @Test
    void judgesTogetherWithWhatIsInForce() throws Exception {
        assertThat(denied(mixer.review(create(RULE))).message())
                .contains("UnknownHandler rule shop/deny-all");

        store(HANDLER, INSTANCE, RULE);

        allowed(mixer.review(update(RULE, RULE.replace("\"true\"", "\"destination.port == 80\""))));
        var breaking = HANDLER.replace("\"denier\"", "\"listchecker\"");
        assertThat(denied(mixer.review(update(HANDLER, breaking))).message()).contains("shop/deny");
    }

    /// As `kubectl apply` of a file with all three does it.
    @Test
    void waitsForWhatWasStoredAMomentAgo() throws Exception {
        var asked = new CountDownLatch(1);
        var answer =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        asked.countDown();
                        return patient().review(create(RULE));
                    } catch (MalformedReviewException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
        asked.await();

        store(HANDLER);
        store(INSTANCE);

        allowed(answer.join());
    }

    private static AdmissionReview delete(String object) {
        return review("DELETE", object, "");
    }

    private static AdmissionReview deleteBy(String user, String object) {
        return review("DELETE", object, ", \"userInfo\": {\"username\": \"%s\"}".formatted(user));
    }

    private static String marked(String object, String field, String marks) {
        return object.replace(
                "\"namespace\": \"shop\"",
                "\"namespace\": \"shop\", \"%s\": {%s}".formatted(field, marks));
    }

    @Test
    void whatOthersNameIsNotDeleted() throws Exception {
        store(HANDLER, INSTANCE, RULE);

        var handler = denied(mixer.review(delete(HANDLER)));
        var instance = denied(mixer.review(delete(INSTANCE)));

        assertThat(handler.code()).isEqualTo(409);
        assertThat(handler.message())
                .startsWith("handler shop/deny is still needed:\nrule shop/deny-all names it in ")
                .contains("spec.actions[0]")
                .contains("Delete or change those first");
        assertThat(handler.details()).isNotNull();
        assertThat(handler.details().causes())
                .extracting(AdmissionAnswer.Cause::reason)
                .containsExactly("UnknownHandler");
        assertThat(instance.message()).contains("rule shop/deny-all names it in ");
        assertThat(allowed(mixer.review(delete(RULE)))).isEmpty();
        assertThat(counts.kept).extracting(ResourceKey::name).containsExactly("deny", "nothing");
    }

    /// What is only a warning for whoever applies it protects whoever deletes.
    @Test
    void gatewaysRulesServicesAndSpecsAreKeptToo() throws Exception {
        var gateway =
                """
                {"apiVersion": "networking.istio.io/v1", "kind": "Gateway",
                 "metadata": {"name": "edge", "namespace": "shop"},
                 "spec": {"selector": {"istio": "ingressgateway"}, "servers": [
                   {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}]}}
                """;
        var service =
                """
                {"apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry",
                 "metadata": {"name": "reviews", "namespace": "shop"},
                 "spec": {"hosts": ["reviews"], "resolution": "STATIC", "location": "MESH_INTERNAL",
                   "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}]}}
                """;
        var rule =
                """
                {"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule",
                 "metadata": {"name": "reviews", "namespace": "shop"},
                 "spec": {"host": "reviews", "subsets": [
                   {"name": "v1", "labels": {"version": "v1"}}, {"name": "v2", "labels": {"version": "v2"}}]}}
                """;
        var quota =
                """
                {"apiVersion": "config.istio.io/v1alpha2", "kind": "QuotaSpec",
                 "metadata": {"name": "requests", "namespace": "shop"},
                 "spec": {"rules": [{"quotas": [{"charge": 1, "quota": "requests"}]}]}}
                """;
        var binding =
                """
                {"apiVersion": "config.istio.io/v1alpha2", "kind": "QuotaSpecBinding",
                 "metadata": {"name": "requests", "namespace": "shop"},
                 "spec": {"quotaSpecs": [{"name": "requests"}], "services": [{"name": "reviews"}]}}
                """;
        store(
                gateway,
                service,
                rule,
                ROUTE.replace("\"http\"", "\"gateways\": [\"edge\", \"mesh\"], \"http\""),
                quota,
                binding);

        assertThat(denied(pilot.review(delete(gateway))).message())
                .contains("VirtualService shop/reviews names it in spec.gateways[0]");
        assertThat(denied(pilot.review(delete(rule))).message())
                .contains("spec.http[0].route[0].destination.subset")
                .contains("spec.http[0].route[1].destination.subset");
        assertThat(denied(pilot.review(delete(service))).message())
                .contains("DestinationRule shop/reviews names it in spec.host")
                .contains("VirtualService shop/reviews names it in");
        assertThat(denied(mixer.review(delete(quota))).message())
                .contains("QuotaSpecBinding shop/requests names it in spec.quotaSpecs[0].name");
        allowed(mixer.review(delete(binding)));
        assertThat(allowed(pilot.review(delete(ROUTE)))).isEmpty();
    }

    @Test
    void aDelegateIsKeptWhileARouteHandsOverToIt() throws Exception {
        var delegate =
                """
                {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
                 "metadata": {"name": "rest", "namespace": "shop"},
                 "spec": {"http": [{"directResponse": {"status": 200}}]}}
                """;
        var handing =
                """
                {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
                 "metadata": {"name": "front", "namespace": "shop"},
                 "spec": {"hosts": ["front.example"], "http": [{"delegate": {"name": "rest"}}]}}
                """;
        assertThat(allowed(pilot.review(create(handing))))
                .singleElement()
                .asString()
                .startsWith("DelegateNotFound VirtualService shop/front spec.http[0].delegate: ");
        store(delegate, handing);

        assertThat(denied(pilot.review(delete(delegate))).message())
                .contains("VirtualService shop/front names it in spec.http[0].delegate");
        assertThat(allowed(pilot.review(delete(handing)))).isEmpty();
    }

    @Test
    void aSwitchMakesItAWarning() throws Exception {
        store(HANDLER, INSTANCE, RULE);
        var warning = reviewer(ValidationWebhooks.mixersKinds(), ReferencedDeletes.WARN, NONE);

        assertThat(allowed(warning.review(delete(HANDLER))))
                .singleElement()
                .asString()
                .startsWith("UnknownHandler rule shop/deny-all");
    }

    @Test
    void nothingHoldsUpAGoingNamespaceOrKubernetesItself() throws Exception {
        store(HANDLER, INSTANCE, RULE);
        for (var user : List.of("generic-garbage-collector", "namespace-controller")) {
            allowed(mixer.review(deleteBy("system:serviceaccount:kube-system:" + user, HANDLER)));
            denied(mixer.review(deleteBy("system:serviceaccount:shop:" + user, HANDLER)));
        }

        departing.namespaces.add("shop");

        allowed(mixer.review(delete(HANDLER)));
    }

    @Test
    void aReferrerThatGoesTooHoldsUpNothing() throws Exception {
        store(HANDLER, INSTANCE, RULE);
        departing.resources.add("rule shop/deny-all");

        allowed(mixer.review(delete(HANDLER)));
        allowed(mixer.review(delete(INSTANCE)));
    }

    /// The watch may lag behind: the apiserver knows.
    @Test
    void aReferrerThatTheApiserverNoLongerHasHoldsUpNothing() throws Exception {
        store(HANDLER, INSTANCE, RULE);
        departing.gone.add("rule shop/deny-all");

        allowed(patient().review(delete(HANDLER)));
        allowed(patient().review(delete(INSTANCE)));
    }

    /// `kubectl delete -f` deletes a file's documents one by one.
    @Test
    void whatIsOneSetGoesAsOne() throws Exception {
        var set = "\"quartet.dev/set\": \"%s\"";
        var handler = marked(HANDLER, "annotations", set.formatted("closing"));
        store(handler, INSTANCE, marked(RULE, "annotations", set.formatted("closing")));

        allowed(mixer.review(delete(handler)));
        denied(mixer.review(delete(INSTANCE)));
        denied(mixer.review(delete(marked(HANDLER, "annotations", set.formatted("others")))));
    }

    /// `helm uninstall` deletes kind after kind, and gives up at the first refusal.
    @Test
    void whatOneToolLooksAfterGoesAsOne() throws Exception {
        var helm =
                "\"meta.helm.sh/release-name\": \"%s\", \"meta.helm.sh/release-namespace\": \"shop\"";
        var handler = marked(HANDLER, "annotations", helm.formatted("policies"));
        store(handler, INSTANCE, marked(RULE, "annotations", helm.formatted("policies")));
        allowed(mixer.review(delete(handler)));
        denied(mixer.review(delete(INSTANCE)));
        denied(mixer.review(delete(marked(HANDLER, "annotations", helm.formatted("others")))));

        var set = "\"applyset.kubernetes.io/part-of\": \"applyset-1\"";
        store(marked(RULE, "labels", set).replace("deny-all", "deny-more"));
        denied(mixer.review(delete(handler)));
    }

    /// As a controller that deletes many at once does it.
    @Test
    void waitsForAReferrerThatWasDeletedAMomentAgo() throws Exception {
        store(HANDLER, INSTANCE, RULE);
        var asked = new CountDownLatch(1);
        var answer =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        asked.countDown();
                        return patient().review(delete(HANDLER));
                    } catch (MalformedReviewException | InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
        asked.await();

        stored = new SourceContent(Origin.KUBERNETES, List.of(), List.of());
        store(HANDLER, INSTANCE);

        allowed(answer.join());
    }
}
