package dev.quartet.imports.rbac;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Resource;
import dev.quartet.config.security.AuthorizationPolicy;
import dev.quartet.imports.Conversion;
import dev.quartet.imports.SourceFile;
import dev.quartet.imports.rbac.OldMesh.Binding;
import dev.quartet.imports.rbac.OldMesh.Config;
import dev.quartet.imports.rbac.OldMesh.Kubernetes;
import dev.quartet.imports.rbac.OldMesh.Role;
import dev.quartet.imports.rbac.OldMesh.Rule;
import dev.quartet.imports.rbac.OldMesh.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;

/// Random meshes with RBAC v1alpha1 and random requests: what Istio 1.4 decided ([OldMesh], written after its `authz` package and not
/// after the importer) and what the policies decide that were made of it. Two things hold. Nothing is allowed that was denied, whatever
/// was told. And at the ports of services the two agree, unless it was told that services share their workloads.
class RbacDecisionsTest {
    private static final AtomicLong CONVERTED = new AtomicLong();
    private static final AtomicLong ALLOWED = new AtomicLong();
    private static final AtomicLong DENIED = new AtomicLong();

    @Property(tries = 3_000)
    void nothingIsAllowedThatWasDenied(
            @ForAll("meshes") OldMesh mesh, @ForAll("requests") List<Request> requests) {
        var conversion = Conversion.of(List.of(new SourceFile("old.yaml", mesh.yaml())), null);
        if (conversion.hasErrors()) {
            return; // nothing is written
        }
        var policies = policies(conversion);
        CONVERTED.incrementAndGet();

        for (var request : requests) {
            var before = mesh.allows(request);
            var after = Decisions.allows(policies, request, "istio-system");

            (after ? ALLOWED : DENIED).incrementAndGet();
            if (after) {
                assertThat(before)
                        .as("%s%n%s%nof%n%s", request, yaml(conversion), mesh.yaml())
                        .isTrue();
            } else if (mesh.serves(request) && !tellsOfSharedWorkloads(conversion)) {
                assertThat(before)
                        .as("%s%n%s%nof%n%s", request, yaml(conversion), mesh.yaml())
                        .isFalse();
            }
        }
    }

    private static boolean tellsOfSharedWorkloads(Conversion conversion) {
        return conversion.findings().stream()
                .anyMatch(it -> it.problem().fault().startsWith("the workloads of"));
    }

    /// The property would hold of a converter that denies everything, or refuses it.
    @AfterContainer
    static void looksAtBothAnswers() {
        assertThat(CONVERTED.get()).isGreaterThan(500);
        assertThat(ALLOWED.get()).isGreaterThan(1_000);
        assertThat(DENIED.get()).isGreaterThan(1_000);
    }

    private static List<Resource<AuthorizationPolicy>> policies(Conversion conversion) {
        return conversion.documents().stream()
                .map(it -> it.resource().as(AuthorizationPolicy.class))
                .toList();
    }

    private static String yaml(Conversion conversion) {
        return String.join(
                "---\n", conversion.documents().stream().map(Conversion.Document::yaml).toList());
    }

    @Provide
    Arbitrary<List<Request>> requests() {
        var target =
                Combinators.combine(
                                Arbitraries.of("shop", "web"),
                                Arbitraries.of("reviews", "ratings"),
                                Arbitraries.of("v1", "v2"),
                                Arbitraries.of(9080, 9090))
                        .as(Workload::new);
        var caller =
                Combinators.combine(
                                Arbitraries.of("shop", "web", "ops"),
                                Arbitraries.of("a", "b"),
                                Arbitraries.of(true, true, true, false))
                        .as((namespace, account, proven) -> new From(namespace, account, proven));
        return Combinators.combine(
                        target,
                        caller,
                        Arbitraries.of("GET", "POST"),
                        Arbitraries.of("/", "/api/x", "/api/admin", "/index.html"),
                        Arbitraries.of("x", "y", ""),
                        Arbitraries.of("g1", "g2", ""))
                .as(Request::new)
                .list()
                .ofSize(40);
    }

    /// Where a request goes: each port of a workload is that of one Service at most.
    record Workload(String namespace, String app, String version, int port) {
        Map<String, String> labels() {
            return Map.of("app", app, "version", version);
        }
    }

    /// @param proven whether it has a certificate
    record From(String namespace, String account, boolean proven) {
        String principal() {
            return proven ? "cluster.local/ns/" + namespace + "/sa/" + account : "";
        }
    }

    record Request(
            Workload to, From from, String method, String path, String header, String group) {}

    @Provide
    Arbitrary<OldMesh> meshes() {
        return Combinators.combine(configs(), kubernetes(), roles(), bindings()).as(OldMesh::new);
    }

    private static Arbitrary<Config> configs() {
        return Combinators.combine(
                        Arbitraries.of("ON", "ON_WITH_INCLUSION", "ON_WITH_EXCLUSION"),
                        Arbitraries.of("shop", "web").set().ofMaxSize(1),
                        Arbitraries.of(
                                        "reviews.shop.svc.cluster.local",
                                        "ratings.shop.svc.cluster.local",
                                        "reviews-admin.shop.svc.cluster.local")
                                .set()
                                .ofMaxSize(2),
                        Arbitraries.of("ENFORCED", "ENFORCED", "ENFORCED", "PERMISSIVE"))
                .as((mode, namespaces, services, enforcement) ->
                        new Config(
                                mode, List.copyOf(namespaces), List.copyOf(services), enforcement));
    }

    /// Two Services, and often a third one with the workloads of the first: at another port, or for one version.
    private static Arbitrary<List<Kubernetes>> kubernetes() {
        var reviews = new Kubernetes("shop", "reviews", Map.of("app", "reviews"), "9080");
        var ratings = new Kubernetes("shop", "ratings", Map.of("app", "ratings"), "9080");
        var web = new Kubernetes("web", "reviews", Map.of("app", "reviews"), "9080");
        return Arbitraries.of(
                List.of(reviews, ratings, web),
                List.of(reviews, ratings, web),
                List.of(
                        reviews,
                        ratings,
                        new Kubernetes("shop", "reviews-admin", Map.of("app", "reviews"), "9090")),
                List.of(
                        reviews,
                        new Kubernetes("shop", "reviews-admin", Map.of("app", "reviews"), "named")),
                List.of(ratings, web));
    }

    private static Arbitrary<List<Role>> roles() {
        return Combinators.combine(rules(), rules(), Arbitraries.of("shop", "shop", "web"))
                .as((one, other, namespace) ->
                        List.of(new Role(namespace, "one", one), new Role("shop", "other", other)));
    }

    private static Arbitrary<List<Rule>> rules() {
        var services =
                Arbitraries.of(
                                "*",
                                "reviews.shop.svc.cluster.local",
                                "ratings.shop.svc.cluster.local",
                                "re*",
                                "*.svc.cluster.local",
                                "*s.shop.svc.cluster.local",
                                "reviews-admin.shop.svc.cluster.local")
                        .list()
                        .ofMinSize(1)
                        .ofMaxSize(2);
        return Combinators.combine(
                        services,
                        some("GET", "POST", "*", "P*"),
                        some("/", "/api/*", "*.html"),
                        some("/api/admin", "*/x"),
                        some("9080", "9090"),
                        some("v1", "v2"),
                        some("x", "y", "*"))
                .as(Rule::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(2);
    }

    private static Arbitrary<List<String>> some(String... values) {
        return Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.just(List.of())),
                Tuple.of(2, Arbitraries.of(values).list().ofMinSize(1).ofMaxSize(2)));
    }

    private static Arbitrary<List<Binding>> bindings() {
        return Combinators.combine(
                        subjects(),
                        subjects(),
                        Arbitraries.of("one", "other"),
                        Arbitraries.of("ENFORCED", "ENFORCED", "PERMISSIVE"))
                .as((one, other, role, mode) -> {
                    var bindings = new ArrayList<Binding>();
                    bindings.add(new Binding("shop", "first", role, one, "ENFORCED"));
                    bindings.add(new Binding("shop", "second", "other", other, mode));
                    return bindings;
                });
    }

    private static Arbitrary<List<Subject>> subjects() {
        var a = "cluster.local/ns/shop/sa/a";
        return Combinators.combine(
                        Arbitraries.of("", "", "*", a, "cluster.local/ns/web/*", "*/sa/b"),
                        some("cluster.local/ns/web/sa/b", "cluster.local/ns/shop/*"),
                        some(a, "*/sa/b"),
                        some("shop", "w*"),
                        some("ops", "web"),
                        some("g1", "*2"),
                        some("g2"),
                        Arbitraries.of("", "", "x", "y*", "*"))
                .as(Subject::new)
                .filter(it -> !it.isEmpty())
                .list()
                .ofMinSize(1)
                .ofMaxSize(2);
    }
}
