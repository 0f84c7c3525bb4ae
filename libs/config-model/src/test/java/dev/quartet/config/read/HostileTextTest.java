package dev.quartet.config.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Problem;
import dev.quartet.config.check.ConfigSetChecker;
import dev.quartet.config.check.ResourceChecker;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Texts within the limits that would take minutes, or gigabytes, if reading or judging them took quadratic time or gave
/// a problem for each pair.
class HostileTextTest {
    private static final int MANY = 20_000;

    static Stream<Arguments> texts() {
        return Stream.of(
                Arguments.of(
                        "the same host again and again",
                        virtualService("hosts: [" + list(i -> "a") + "]")),
                Arguments.of(
                        "hosts times gateways",
                        virtualService(
                                "hosts: ["
                                        + list(i -> "h" + i)
                                        + "]\n  gateways: ["
                                        + list(i -> "g" + i)
                                        + "]")),
                Arguments.of(
                        "hosts times names of TLS",
                        virtualService(
                                "hosts: ["
                                        + list(i -> "h" + i)
                                        + "]\n  tls: [{match: [{sniHosts: ["
                                        + list(i -> "s" + i)
                                        + "]}], route: [{destination: {host: a}}]}]")),
                Arguments.of(
                        "endpoints times ports",
                        document("ServiceEntry")
                                + "  hosts: [b]\n  resolution: STATIC\n  ports: ["
                                + list(i -> "{number: " + (i + 1) + ", name: p" + i + "}")
                                + "]\n  endpoints: ["
                                + list(i -> "{address: 10.0.0.1, ports: {x: 1}}")
                                + "]\n"),
                Arguments.of(
                        "destinations times gateways",
                        IntStream.range(0, 2_000)
                                .mapToObj(i ->
                                        document("Gateway").replace("name: a", "name: a" + i)
                                                + "  servers: [{port: {number: 80, name: a, protocol: HTTP}, hosts: [a]}]\n")
                                .collect(
                                        Collectors.joining(
                                                "---\n",
                                                "",
                                                "---\n"
                                                        + virtualService(
                                                                "hosts: [a]\n  gateways: ["
                                                                        + list(i -> "g" + i)
                                                                        + "]")))),
                Arguments.of("keys in one place", "{" + list(i -> collision(i) + ": 1") + "}"),
                Arguments.of("one word of 3 MiB", ":".repeat(Limits.MAX_BYTES)),
                Arguments.of("one string of 3 MiB", "\"" + "]".repeat(Limits.MAX_BYTES - 2) + "\""),
                Arguments.of(
                        "one long text by many aliases",
                        handler("&a \"" + "x".repeat(1_000_000) + "\"", "*a, ".repeat(900))),
                Arguments.of(
                        "long keys by many aliases",
                        handler(
                                "&a {"
                                        + IntStream.range(0, 300)
                                                .mapToObj(
                                                        i -> "? " + "k".repeat(4_000) + i + " : 1")
                                                .collect(Collectors.joining(", "))
                                        + "}",
                                "*a, ".repeat(300))),
                Arguments.of(
                        "signs that are longer in JSON",
                        handler("\"" + "\\e".repeat(Limits.MAX_BYTES / 2 - 500) + "\"", "")),
                Arguments.of(
                        "signs of three bytes",
                        handler("\"" + "\u20ac".repeat(Limits.MAX_BYTES - 500) + "\"", "")),
                Arguments.of("anchors", "[" + list(i -> "&a" + i + " 1") + "]"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("texts")
    void costsLittleToRefuse(String name, String text) {
        var result = new ResourceReader().readYaml("a.yaml", text);
        var problems = new ArrayList<>(result.problems());
        result.resources().forEach(read -> problems.addAll(ResourceChecker.check(read)));
        problems.addAll(ConfigSetChecker.checkRead(result.resources(), List.of()));

        assertThat(problems).as(name).isNotEmpty().hasSizeLessThan(3_100);
        assertThat(problems)
                .extracting(Problem::toString)
                .allSatisfy(message -> assertThat(message).hasSizeLessThan(1_000));
    }

    private static String virtualService(String spec) {
        return document("VirtualService")
                + "  "
                + spec
                + "\n  http: [{route: [{destination: {host: a}}]}]\n";
    }

    /// @param first of the adapter's parameters
    /// @param more of them, each with a comma behind it
    private static String handler(String first, String more) {
        return "apiVersion: config.istio.io/v1alpha2\nkind: handler\nmetadata: {name: a}\nspec:\n  compiledAdapter: denier\n  params: {a: "
                + first
                + ", b: ["
                + more
                + "1]}\n";
    }

    private static String document(String kind) {
        return "apiVersion: networking.istio.io/v1\nkind: "
                + kind
                + "\nmetadata: {name: a}\nspec:\n";
    }

    private static String list(IntFunction<String> item) {
        return IntStream.range(0, MANY).mapToObj(item).collect(Collectors.joining(", "));
    }

    /// Texts with one hash code.
    private static String collision(int number) {
        return IntStream.range(0, 15)
                .mapToObj(bit -> (number >> bit & 1) == 0 ? "Aa" : "BB")
                .collect(Collectors.joining());
    }
}
