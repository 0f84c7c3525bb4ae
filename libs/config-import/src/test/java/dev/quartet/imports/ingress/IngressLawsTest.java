package dev.quartet.imports.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.networking.StringMatch;
import dev.quartet.config.networking.VirtualService;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// What holds for every set of Ingresses.
class IngressLawsTest {
    private static final List<String> ELEMENTS = List.of("a", "b", "ab");

    private static final String NOWHERE = "503";

    /// @param type `Exact` or `Prefix`
    /// @param known whether the port that it leads to is
    record TypedPath(String path, String type, boolean known) {
        /// As the Kubernetes reference says it: element by element, and a slash at the end of a prefix is nothing.
        boolean takes(String request) {
            if (type.equals("Exact")) {
                return path.equals(request);
            }
            var prefix = elements(path);
            var asked = elements(request);
            return prefix.size() <= asked.size() && asked.subList(0, prefix.size()).equals(prefix);
        }

        private static List<String> elements(String path) {
            return List.of(path.split("/")).stream().filter(it -> !it.isEmpty()).toList();
        }
    }

    @Property(tries = 200)
    void theOrderInWhichIngressesAreReadChangesNothing(
            @ForAll("sets") List<List<TypedPath>> ingresses, @ForAll Random random) {
        var documents =
                IntStream.range(0, ingresses.size())
                        .mapToObj(i -> ingress(i, ingresses.get(i)))
                        .toList();
        var shuffled = new ArrayList<>(documents);
        Collections.shuffle(shuffled, random);

        var some = Documents.translated(String.join("---\n", documents));
        var others = Documents.translated(String.join("---\n", shuffled));

        assertThat(others.resources().stream().map(it -> it.resource()).toList())
                .isEqualTo(some.resources().stream().map(it -> it.resource()).toList());
        assertThat(others.problems())
                .extracting(it -> it.ingress() + " " + it.problem().fault())
                .isEqualTo(
                        some.problems().stream()
                                .map(it -> it.ingress() + " " + it.problem().fault())
                                .toList());
    }

    /// Of the paths that take a request the exact one counts, else the longest prefix, also where it leads nowhere.
    @Property(tries = 500)
    void requestsGoWhereKubernetesSendsThem(
            @ForAll("paths") List<TypedPath> paths, @ForAll("requests") String request) {
        var translation = Documents.translated(ingress(0, paths));

        var wanted =
                paths.stream()
                        .filter(path -> path.takes(request))
                        .min(
                                Comparator.<TypedPath, Boolean>comparing(
                                                path -> !path.type().equals("Exact"))
                                        .thenComparing(
                                                path -> TypedPath.elements(path.path()).size(),
                                                Comparator.reverseOrder()))
                        .map(path -> path.known() ? "s" + paths.indexOf(path) : NOWHERE);
        assertThat(target(translation, request)).isEqualTo(wanted);
    }

    /// The service, or [#NOWHERE], that the first route leads to which takes the request, as Envoy finds it.
    private static Optional<String> target(Translation translation, String request) {
        return translation.resources().stream()
                .map(read -> read.resource().spec())
                .filter(VirtualService.class::isInstance)
                .map(VirtualService.class::cast)
                .flatMap(service -> service.http().stream())
                .filter(route ->
                        route.match().stream()
                                .anyMatch(match ->
                                        switch (match.uri()) {
                                            case StringMatch.Exact(var exact) ->
                                                    request.equals(exact);
                                            case StringMatch.Prefix(var prefix) ->
                                                    request.startsWith(prefix);
                                            case null, default -> throw new AssertionError(match);
                                        }))
                .findFirst()
                .map(route ->
                        route.directResponse() == null
                                ? route.route().getFirst().destination().host().split("\\.")[0]
                                : route.directResponse().status().toString());
    }

    private static String ingress(int number, List<TypedPath> paths) {
        var text =
                new StringBuilder(
                        """
                        apiVersion: networking.k8s.io/v1
                        kind: Ingress
                        metadata: {name: i%d, namespace: shop, annotations: {kubernetes.io/ingress.class: istio}}
                        spec:
                          rules:
                          - host: a.example.org
                            http:
                              paths:
                        """
                                .formatted(number));
        for (int i = 0; i < paths.size(); i++) {
            text.append(
                    "      - {path: %s, pathType: %s, backend: {service: {name: s%d, port: {%s}}}}\n"
                            .formatted(
                                    paths.get(i).path(),
                                    paths.get(i).type(),
                                    i,
                                    paths.get(i).known() ? "number: 80" : "name: http"));
        }
        return text.toString();
    }

    @Provide
    Arbitrary<List<List<TypedPath>>> sets() {
        return paths().list().ofMinSize(2).ofMaxSize(4);
    }

    @Provide
    Arbitrary<List<TypedPath>> paths() {
        return Combinators.combine(
                        requests(), Arbitraries.of("Exact", "Prefix"), Arbitraries.of(true, false))
                .as(TypedPath::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(6);
    }

    @Provide
    Arbitrary<String> requests() {
        return Combinators.combine(
                        Arbitraries.of(ELEMENTS).list().ofMaxSize(3), Arbitraries.of("", "/"))
                .as((elements, end) ->
                        elements.isEmpty() ? "/" : "/" + String.join("/", elements) + end);
    }
}
