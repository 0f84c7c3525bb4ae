package dev.quartet.cli.print;

import dev.quartet.cli.print.Terminal.Tone;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Rows under headings, in columns as wide as they need. Where a row is wider than the terminal, its last column goes on in
/// the next line under itself, so nothing is lost.
public final class Table {
    private record Row(List<String> cells, @Nullable Tone tone) {}

    private static final String GAP = "  ";

    private final List<String> headings;
    private final List<Row> rows = new ArrayList<>();

    public Table(String... headings) {
        this.headings = List.of(headings);
    }

    public Table row(Object... cells) {
        return row(Tone.PLAIN, cells);
    }

    /// @param tone of the whole row
    public Table row(Tone tone, Object... cells) {
        rows.add(
                new Row(
                        Arrays.stream(cells)
                                .map(cell -> Printable.line(String.valueOf(cell)))
                                .toList(),
                        tone));
        return this;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    public void print(Terminal terminal) {
        lines(terminal).forEach(terminal::line);
    }

    List<String> lines(Terminal terminal) {
        var widths = new int[headings.size()];
        for (var column = 0; column < widths.length; column++) {
            widths[column] = headings.get(column).length();
            for (var row : rows) {
                widths[column] = Math.max(widths[column], row.cells.get(column).length());
            }
        }
        var lines = new ArrayList<String>();
        lines.addAll(layout(headings, widths, terminal, Tone.FAINT));
        rows.forEach(row ->
                lines.addAll(
                        layout(
                                row.cells,
                                widths,
                                terminal,
                                row.tone == null ? Tone.PLAIN : row.tone)));
        return lines;
    }

    private static List<String> layout(
            List<String> cells, int[] widths, Terminal terminal, Tone tone) {
        var last = widths.length - 1;
        var start = new StringBuilder();
        for (var column = 0; column < last; column++) {
            start.append(cells.get(column))
                    .append(" ".repeat(widths[column] - cells.get(column).length()))
                    .append(GAP);
        }
        var room = Math.max(20, terminal.columns() - start.length());
        var lines = new ArrayList<String>();
        var rest = cells.get(last);
        var indent = start.toString();
        do {
            var cut = rest.length() <= room ? rest.length() : breakBefore(rest, room);
            lines.add(terminal.tone(tone, (indent + rest.substring(0, cut)).stripTrailing()));
            rest = rest.substring(cut).stripLeading();
            indent = " ".repeat(start.length());
        } while (!rest.isEmpty());
        return lines;
    }

    private static int breakBefore(String text, int room) {
        var space = text.lastIndexOf(' ', room);
        return space > room / 2 ? space : room;
    }
}
