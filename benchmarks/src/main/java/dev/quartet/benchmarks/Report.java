package dev.quartet.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// The figures of one run, and the conditions under which they hold.
public final class Report {
    private final PrintStream out;
    private final List<Figure> figures = new ArrayList<>();

    public Report(PrintStream out) {
        this.out = out;
    }

    /// A line about the conditions: workload, transport, warm-up, whose CPU.
    public void condition(String name, String text) {
        out.printf("%-12s %s%n", name, text);
        out.flush();
    }

    /// What is being done; to the standard error, so that the result can be piped.
    public void progress(String text) {
        System.err.println(text);
    }

    public void add(Figure figure) {
        figures.add(figure);
    }

    public void add(String name, double value, String unit, @Nullable Double goal) {
        add(new Figure(name, value, unit, goal));
    }

    /// Prints the table, writes the JSON.
    ///
    /// @return 0 when all goals are met, else 1
    public int finish(@Nullable Path json) throws IOException {
        var width = figures.stream().mapToInt(figure -> figure.figure().length()).max().orElse(10);
        out.println();
        out.printf(
                "%-" + width + "s  %10s  %-8s  %10s  %s%n",
                "FIGURE",
                "VALUE",
                "UNIT",
                "GOAL",
                "MET");
        for (var figure : figures) {
            var goal = figure.goal();
            out.printf(
                    "%-" + width + "s  %10s  %-8s  %10s  %s%n",
                    figure.figure(),
                    number(figure.value()),
                    figure.unit(),
                    goal == null ? "-" : "≤ " + number(goal),
                    goal == null ? "-" : figure.met() ? "yes" : "NO");
        }
        out.flush();
        if (json != null) {
            Files.writeString(json, json(figures));
        }
        return figures.stream().allMatch(Figure::met) ? 0 : 1;
    }

    static String json(List<Figure> figures) {
        var rows = new ArrayList<LinkedHashMap<String, @Nullable Object>>();
        for (var figure : figures) {
            var row = new LinkedHashMap<String, @Nullable Object>();
            row.put("figure", figure.figure());
            row.put("value", Math.round(figure.value() * 1000) / 1000.0);
            row.put("unit", figure.unit());
            row.put("goal", figure.goal());
            row.put("met", figure.met());
            rows.add(row);
        }
        return JsonMapper.builder()
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .build()
                        .writeValueAsString(rows)
                + "\n";
    }

    private static String number(double value) {
        return String.format(
                Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }
}
