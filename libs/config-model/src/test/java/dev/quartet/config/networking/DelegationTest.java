package dev.quartet.config.networking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.networking.Delegation.Pair;
import dev.quartet.config.read.ResourceReader;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DelegationTest {
    /// The handing VirtualService is in `shop`, the delegate in `team`.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {uri: {prefix: /a}}                    | {uri: {prefix: /a/b}}                   | {uri: {prefix: /a/b}}
                    {uri: {prefix: /a}}                    | {uri: {prefix: /a}}                     | {uri: {prefix: /a}}
                    {uri: {prefix: /a}}                    | {uri: {exact: /a/b}}                    | {uri: {exact: /a/b}}
                    {uri: {exact: /a}}                     | {uri: {exact: /a}}                      | {uri: {exact: /a}}
                    {uri: {regex: '/a.*'}}                 | {uri: {regex: '/a.*'}}                  | {uri: {regex: '/a.*'}}
                    {uri: {regex: '/a.*'}}                 | {method: {exact: GET}}                  | {uri: {regex: '/a.*'}, method: {exact: GET}}
                    {uri: {prefix: /a}, ignoreUriCase: true} | {uri: {prefix: /A/b}}                 | {uri: {prefix: /A/b}}
                    {uri: {prefix: /a}, ignoreUriCase: true} | {uri: {exact: /A}, ignoreUriCase: true} | {uri: {exact: /A}, ignoreUriCase: true}
                    {uri: {prefix: /a}, ignoreUriCase: true} | {port: 80}                            | {uri: {prefix: /a}, ignoreUriCase: true, port: 80}
                    {scheme: {exact: http}, port: 80}      | {scheme: {exact: http}, authority: {prefix: a}} | {scheme: {exact: http}, authority: {prefix: a}, port: 80}
                    {headers: {x: {prefix: a}, y: {}}}     | {headers: {x: {exact: ab}, z: {exact: c}}} | {headers: {x: {exact: ab}, y: {}, z: {exact: c}}}
                    {headers: {x: {exact: a}}}             | {headers: {x: {}}}                      | {headers: {x: {exact: a}}}
                    {headers: {x: {}}}                     | {headers: {x: {regex: 'a+'}}}           | {headers: {x: {regex: 'a+'}}}
                    {withoutHeaders: {x: {exact: ab}}}     | {withoutHeaders: {x: {prefix: a}, y: {}}} | {withoutHeaders: {x: {prefix: a}, y: {}}}
                    {withoutHeaders: {x: {}}}              | {withoutHeaders: {x: {exact: a}}}       | {withoutHeaders: {x: {}}}
                    {queryParams: {p: {exact: '1'}}}       | {queryParams: {q: {exact: '2'}}}        | {queryParams: {p: {exact: '1'}, q: {exact: '2'}}}
                    {sourceLabels: {app: a}}               | {sourceLabels: {version: v1}}           | {sourceLabels: {app: a, version: v1}}
                    {sourceNamespace: a}                   | {sourceLabels: {app: a}}                | {sourceNamespace: a, sourceLabels: {app: a}}
                    {gateways: [edge, mesh]}               | {uri: {prefix: /a}}                     | {gateways: [shop/edge, mesh], uri: {prefix: /a}}
                    {gateways: [shop/edge, mesh]}          | {gateways: [shop/edge]}                 | {gateways: [shop/edge]}
                    {gateways: [team/edge]}                | {gateways: [./edge]}                    | {gateways: [team/edge]}
                    {name: a, statPrefix: s}               | {name: b}                               | {name: a-b, statPrefix: s}
                    {name: a, statPrefix: s}               | {statPrefix: t}                         | {name: a, statPrefix: t}
                    """)
    void joinsWhatBothMatch(String handing, String own, String joined) {
        var merged = merge("match: [%s]".formatted(handing), "match: [%s]".formatted(own));

        assertThat(merged.leftOut()).isEmpty();
        assertThat(merged.routes())
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.route().match())
                            .isEqualTo(route("match: [%s]".formatted(joined)).match());
                    assertThat(it.pairs()).containsExactly(new Pair(0, 0));
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {uri: {prefix: /a/b}}              | {uri: {prefix: /a}}               | 'uri prefix "/a" is not within prefix "/a/b"'
                    {uri: {exact: /a}}                 | {uri: {prefix: /a}}               | 'uri prefix "/a" is not within "/a"'
                    {uri: {exact: /a}}                 | {uri: {exact: /b}}                | 'uri "/b" is not within "/a"'
                    {uri: {regex: '/a.*'}}             | {uri: {exact: /a}}                | 'uri "/a" is not within regex "/a.*"'
                    {uri: {prefix: /a}}                | {uri: {regex: '/a.*'}}            | 'uri regex "/a.*" is not within prefix "/a"'
                    {uri: {prefix: /a}}                | {uri: {prefix: /A/b}}             | 'uri prefix "/A/b" is not within prefix "/a"'
                    {uri: {prefix: /a}}                | {uri: {prefix: /a}, ignoreUriCase: true} | 'uri prefix "/a" is in any case, and prefix "/a" is not'
                    {scheme: {exact: http}}            | {scheme: {exact: https}}          | 'scheme "https" is not within "http"'
                    {method: {exact: GET}}             | {method: {exact: PUT}}            | 'method "PUT" is not within "GET"'
                    {authority: {exact: a}}            | {authority: {prefix: a}}          | 'authority prefix "a" is not within "a"'
                    {headers: {x: {exact: a}}}         | {headers: {x: {exact: b}}}        | 'header x "b" is not within "a"'
                    {withoutHeaders: {x: {exact: a}}}  | {withoutHeaders: {x: {exact: b}}} | 'withoutHeaders x "b" is not within "a"'
                    {queryParams: {p: {exact: '1'}}}   | {queryParams: {p: {exact: '2'}}}  | 'query parameter p "2" is not within "1"'
                    {port: 80}                         | {port: 81}                        | 'port 81 is not 80'
                    {sourceLabels: {app: a}}           | {sourceLabels: {app: b}}          | 'source label app b is not a'
                    {sourceNamespace: a}               | {sourceNamespace: b}              | 'source namespace b is not a'
                    {gateways: [edge]}                 | {gateways: [edge]}                | 'gateways team/edge are not among shop/edge'
                    """)
    void leavesOutWhatIsNotHandedOver(String handing, String own, String why) {
        var merged = merge("match: [%s]".formatted(handing), "match: [%s]".formatted(own));

        assertThat(merged.routes()).isEmpty();
        assertThat(merged.leftOut())
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.path().text()).isEqualTo("spec.http[0].match[0]");
                    assertThat(it.why()).isEqualTo(why);
                });
    }

    @Test
    void joinsEachPairThatFits() {
        var merged =
                merge(
                        "match: [{uri: {prefix: /a}}, {uri: {prefix: /b}}]",
                        "match: [{uri: {exact: /b/1}}, {uri: {exact: /c}}, {method: {exact: GET}}]");

        assertThat(merged.routes())
                .singleElement()
                .satisfies(it ->
                        assertThat(it.pairs())
                                .containsExactly(new Pair(1, 0), new Pair(0, 2), new Pair(1, 2)));
        assertThat(merged.leftOut())
                .singleElement()
                .satisfies(it -> assertThat(it.path().text()).isEqualTo("spec.http[0].match[1]"));
    }

    @Test
    void withoutMatchesOfOneSideThoseOfTheOtherCount() {
        assertThat(merge("match: [{port: 80}]", "name: b").routes())
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.route().match()).isEqualTo(route("match: [{port: 80}]").match());
                    assertThat(it.pairs()).containsExactly(new Pair(0, Delegation.NO_MATCH));
                });
        assertThat(merge("name: a", "match: [{port: 80}]").routes())
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.route().match()).isEqualTo(route("match: [{port: 80}]").match());
                    assertThat(it.pairs()).containsExactly(new Pair(Delegation.NO_MATCH, 0));
                });
        assertThat(merge("name: a", "name: b").routes())
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.route().match()).isEmpty();
                    assertThat(it.route().name()).isEqualTo("a-b");
                    assertThat(it.route().delegate()).isNull();
                });
    }

    @Test
    void whatTheDelegateLeavesOutIsAsTheHandingRouteSetsIt() {
        var merged =
                merge(
                        """
                        timeout: 5s
                        rewrite: {uri: /x}
                        headers: {request: {add: {x-from: shop}}}
                        mirror: {host: copies}
                        mirrorPercentage: {value: 10}
                        """,
                        """
                        timeout: 1s
                        route: [{destination: {host: reviews}}]
                        """);

        var expected =
                route(
                        """
                        timeout: 1s
                        rewrite: {uri: /x}
                        headers: {request: {add: {x-from: shop}}}
                        mirror: {host: copies.shop.svc.cluster.local}
                        mirrorPercentage: {value: 10}
                        route: [{destination: {host: reviews}}]
                        """);
        assertThat(merged.routes())
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.route()).isEqualTo(expected);
                    assertThat(it.inherited())
                            .containsExactlyInAnyOrder(
                                    "rewrite", "headers", "mirror", "mirrorPercentage");
                });
    }

    @Test
    void whatTheMostPairsDoNotSufficeForIsLeftOut() {
        var three = "match: [{port: 1}, {port: 2}, {port: 3}]";
        var delegate = service("name: a", three, "name: b");

        var merged = Delegation.of(route(three), "shop", delegate, "team", 11);

        assertThat(merged.routes()).extracting(Delegation.Merged::number).containsExactly(0);
        assertThat(merged.whole()).isFalse();
        assertThat(merged.pairs()).isEqualTo(3);
        assertThat(merged.leftOut())
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.path().text()).isEqualTo("spec.http[1]");
                    assertThat(it.why()).contains("more than 10000 pairs");
                });
        var enough = Delegation.of(route(three), "shop", delegate, "team", 15);
        assertThat(enough.whole()).isTrue();
        assertThat(enough.pairs()).isEqualTo(15);
    }

    private static Delegation.Result merge(String handing, String... own) {
        return Delegation.of(route(handing), "shop", service(own), "team", Delegation.MOST_PAIRS);
    }

    private static HttpRoute route(String text) {
        return service(text).http().getFirst();
    }

    private static VirtualService service(String... routes) {
        var text =
                """
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: {name: a, namespace: shop}
                spec:
                  http:
                """
                        + String.join(
                                "",
                                Arrays.stream(routes).map(it -> "  -\n" + it.indent(4)).toList());
        var read = new ResourceReader().readYaml("a.yaml", text);
        assertThat(read.problems()).isEmpty();
        return (VirtualService) read.resources().getFirst().resource().spec();
    }
}
