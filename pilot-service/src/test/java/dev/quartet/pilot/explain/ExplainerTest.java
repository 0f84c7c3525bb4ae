package dev.quartet.pilot.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.Scene;
import dev.quartet.pilot.explain.Explanation.Source;
import dev.quartet.pilot.translate.Translation;
import dev.quartet.testkit.GoldenCases;
import dev.quartet.testkit.GoldenCases.Case;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// What is said of requests, with what users wrote behind it. That it is true TrafficTest shows, on a stock Envoy.
class ExplainerTest {
    static List<Case> cases() {
        return GoldenCases.under("explain");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void explains(Case example) {
        var scene = Scene.read(example.in());
        var explainer = explainer(scene);
        var text = new StringBuilder();
        for (var ask : asked(example.in())) {
            write(
                    text,
                    explainer.explain(
                            ask.getOrDefault("from", "").toString(),
                            Question.of(
                                    String.valueOf(ask.get("url")),
                                    "",
                                    headers(ask.getOrDefault("headers", Map.of())),
                                    ask.getOrDefault("to", "").toString(),
                                    ask.getOrDefault("sni", "").toString())));
        }
        example.matches(text.toString());
    }

    private static Explainer explainer(Scene scene) {
        return new Explainer(
                Translation.of(Meshes.snapshot(scene.config(), scene.proxies())),
                Arrays.stream(scene.proxies())
                        .map(proxy -> new Explainer.Connected(proxy, Optional.empty()))
                        .toList());
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> asked(String in) {
        var head =
                (Map<String, Object>)
                        new Load(LoadSettings.builder().build())
                                .loadFromString(in.substring(0, in.indexOf("\n---\n")));
        return (List<Map<String, Object>>) Objects.requireNonNull(head.get("ask"));
    }

    private static Map<String, String> headers(Object written) {
        var headers = new LinkedHashMap<String, String>();
        if (written instanceof Map<?, ?> map) {
            map.forEach((name, value) -> headers.put(String.valueOf(name), String.valueOf(value)));
        }
        return headers;
    }

    /// One line per thing that is said.
    private static void write(StringBuilder text, Explanation said) {
        line(text, "- request: ", said.request());
        line(text, "  verdict: ", said.verdict());
        text.append("  outcomes:\n");
        for (var outcome : said.outcomes()) {
            line(
                    text,
                    "  - ",
                    "%s%% %s %s%s"
                            .formatted(
                                    RouteDetails.number(outcome.percent()),
                                    outcome.end(),
                                    outcome.cluster(),
                                    words(outcome.because())));
        }
        for (var note : said.notes()) {
            line(text, "  note: ", note);
        }
        for (var hop : said.hops()) {
            line(
                    text,
                    "  %s: "
                            .formatted(
                                    hop.side().name().toLowerCase(Locale.ROOT) + " " + hop.proxy()),
                    hop.kind() + (hop.connected() ? "" : ", assumed"));
            for (var step : hop.steps()) {
                line(
                        text,
                        "  - ",
                        "%s %s: %s%s"
                                .formatted(
                                        step.stage(),
                                        step.name(),
                                        step.text(),
                                        words(step.because())));
                step.details().forEach(it -> line(text, "    - ", it.text() + words(it.because())));
                step.passed()
                        .forEach(it ->
                                line(
                                        text,
                                        "    - ",
                                        "not %s: %s%s"
                                                .formatted(
                                                        it.what(), it.why(), words(it.source()))));
            }
        }
    }

    private static void line(StringBuilder text, String label, String said) {
        text.append(label).append(said).append('\n');
    }

    private static String words(List<Source> sources) {
        return sources.isEmpty()
                ? ""
                : " <- "
                        + String.join(
                                ", ",
                                sources.stream()
                                        .map(it ->
                                                "%s %s/%s %s"
                                                        .formatted(
                                                                it.kind(),
                                                                it.namespace(),
                                                                it.name(),
                                                                it.path())
                                                        .strip())
                                        .toList());
    }

    @Test
    void aMistypedCallerIsToldWhoIsMeant() {
        var scene = Scene.read(cases().getFirst().in());
        var question = Question.of("http://reviews:9080/", "", Map.of(), "");

        assertThatThrownBy(() -> explainer(scene).explain("storefrnt-v1", question))
                .isInstanceOf(UnknownCaller.class)
                .hasMessage("there is no proxy and no workload \"storefrnt-v1\"")
                .extracting(it -> ((UnknownCaller) it).fix())
                .asString()
                .startsWith("did you mean storefront-v1?");
    }

    /// What is asked about leaves no trace in what proxies get, and nothing of it is kept for the next one.
    @Test
    void askingChangesNothing() {
        var scene = Scene.read(cases().getFirst().in());
        var translation = Translation.of(Meshes.snapshot(scene.config(), scene.proxies()));
        var before = translation.configFor(scene.proxy());
        var problems = List.copyOf(translation.problems());
        var explainer = new Explainer(translation, List.of());
        var question = Question.of("http://reviews:9080/", "", Map.of(), "");

        var first = explainer.explain("storefront-v1", question);
        var second = explainer.explain("storefront-v1", question);

        assertThat(second).isEqualTo(first);
        assertThat(first.notes()).anyMatch(note -> note.contains("is connected to this Pilot"));
        assertThat(translation.configFor(scene.proxy())).isEqualTo(before);
        assertThat(translation.problems()).containsExactlyInAnyOrderElementsOf(problems);
    }
}
