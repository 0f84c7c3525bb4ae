package dev.quartet.pilot.traffic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What is compared of answers: each thing that the case looks at, in the case's own words where it is as expected.
final class Expectation {
    private static final int WITHIN = 12;

    private Expectation() {}

    /// One line per thing that is looked at.
    static String text(Map<String, ? extends @Nullable Object> things) {
        var text = new StringBuilder();
        things.forEach((name, value) ->
                text.append("  ").append(name).append(": ").append(value).append('\n'));
        return text.toString();
    }

    /// @param answers at least one
    static Map<String, @Nullable Object> actual(
            Map<String, @Nullable Object> expected,
            List<TrafficClient.Answer> answers,
            List<String> reached,
            TrafficClient.Attempt attempt) {
        var last = answers.getLast();
        var within = TrafficCase.number(expected.get("within"), WITHIN);
        var actual = new LinkedHashMap<String, @Nullable Object>();
        expected.forEach((thing, wanted) ->
                actual.put(
                        thing,
                        switch (thing) {
                            case "status" ->
                                    shares(
                                            wanted,
                                            answers,
                                            answer -> String.valueOf(answer.status()),
                                            within);
                            case "from" ->
                                    shares(wanted, answers, TrafficClient.Answer::from, within);
                            case "within" -> wanted;
                            case "sticky" ->
                                    answers.stream()
                                                    .map(TrafficClient.Answer::from)
                                                    .distinct()
                                                    .count()
                                            == 1;
                            case "seen" -> texts(wanted, Upstreams.parse(last.body()));
                            case "headers" -> texts(wanted, last.headers());
                            case "body" ->
                                    last.body().contains(String.valueOf(wanted))
                                            ? wanted
                                            : last.body();
                            case "reached" -> counts(reached);
                            case "attempts" -> reached.size();
                            case "workloads" -> (int) reached.stream().distinct().count();
                            case "stats" -> rises(wanted, attempt);
                            case "config" -> present(wanted, attempt.config());
                            case "logged" -> present(wanted, attempt.logged());
                            default -> throw new AssertionError("a case cannot expect " + thing);
                        }));
        return actual;
    }

    private static @Nullable Object shares(
            @Nullable Object wanted,
            List<TrafficClient.Answer> answers,
            Function<TrafficClient.Answer, String> of,
            int within) {
        var counted =
                answers.stream()
                        .map(of)
                        .collect(
                                Collectors.groupingBy(
                                        Function.identity(), TreeMap::new, Collectors.counting()));
        if (!(wanted instanceof Map<?, ?> shares)) {
            return counted.size() == 1 ? text(wanted, counted.firstKey()) : counted;
        }
        var names = new TreeSet<>(counted.keySet());
        var expected = new TreeMap<String, Integer>();
        shares.forEach(
                (name, share) -> expected.put(String.valueOf(name), ((Number) share).intValue()));
        names.addAll(expected.keySet());
        var percents = new TreeMap<String, Long>();
        var near = true;
        for (var name : names) {
            var percent = counted.getOrDefault(name, 0L) * 100 / answers.size();
            percents.put(name, percent);
            near &=
                    expected.containsKey(name)
                            && percent > 0 == expected.get(name) > 0
                            && Math.abs(percent - expected.get(name)) <= within;
        }
        return near ? wanted : percents;
    }

    private static Object texts(@Nullable Object wanted, Map<String, String> found) {
        var texts = new LinkedHashMap<String, @Nullable Object>();
        TrafficCase.map(wanted)
                .forEach((name, value) -> texts.put(name, text(value, found.get(name))));
        return texts;
    }

    /// The case's own words when the text is what they say.
    private static @Nullable Object text(@Nullable Object wanted, @Nullable String found) {
        if (wanted instanceof String pattern
                && found != null
                && pattern.length() > 2
                && pattern.startsWith("/^")
                && pattern.endsWith("$/")) {
            return Pattern.matches(pattern.substring(1, pattern.length() - 1), found)
                    ? wanted
                    : found;
        }
        return String.valueOf(wanted).equals(String.valueOf(found)) ? wanted : found;
    }

    private static Object counts(List<String> reached) {
        var counts = new TreeMap<String, Long>();
        for (var name : new ArrayList<>(reached)) {
            counts.merge(name, 1L, Long::sum);
        }
        return counts;
    }

    private static Object rises(@Nullable Object wanted, TrafficClient.Attempt attempt) {
        var rises = new LinkedHashMap<String, @Nullable Object>();
        TrafficCase.map(wanted).forEach((name, _) -> rises.put(name, attempt.rise(name)));
        return rises;
    }

    private static Object present(@Nullable Object wanted, String config) {
        return TrafficCase.list(wanted).stream()
                .map(String::valueOf)
                .filter(config::contains)
                .toList();
    }
}
