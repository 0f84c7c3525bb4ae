package dev.quartet.cli.print;

import dev.quartet.cli.print.Terminal.Tone;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Rows under headings, in columns as wide as they need. Where a row is wider than the terminal, the columns move together; where
/// that is not enough, the last one goes on in the next line under itself, so nothing is lost.
public final class Table {
    private record Row(List<String> cells, Tone tone) {}

    private static final int GAP = 2;
    private static final int NARROW_GAP = 1;

    /// What the last column needs in any case.
    private static final int LAST_COLUMN = 20;

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
        var widths = widths();
        var last = widths.length - 1;
        var before = Arrays.stream(widths, 0, last).sum();
        var needed = before + Math.min(widths[last], LAST_COLUMN);
        var gap = needed + last * GAP <= terminal.room() ? GAP : NARROW_GAP;
        var room = Math.max(LAST_COLUMN, terminal.room() - before - last * gap);
        var lines = new ArrayList<String>();
        for (var line : layout(headings, widths, gap, room)) {
            lines.add(terminal.tone(Tone.FAINT, line));
        }
        for (var row : rows) {
            for (var line : layout(row.cells, widths, gap, room)) {
                lines.add(terminal.tone(row.tone, line));
            }
        }
        return lines;
    }

    private int[] widths() {
        var widths = new int[headings.size()];
        for (var column = 0; column < widths.length; column++) {
            widths[column] = headings.get(column).length();
            for (var row : rows) {
                widths[column] = Math.max(widths[column], row.cells.get(column).length());
            }
        }
        return widths;
    }

    private static List<String> layout(List<String> cells, int[] widths, int gap, int room) {
        var last = widths.length - 1;
        var start = new StringBuilder();
        for (var column = 0; column < last; column++) {
            start.append(cells.get(column))
                    .append(" ".repeat(widths[column] - cells.get(column).length() + gap));
        }
        var lines = new ArrayList<String>();
        var indent = start.toString();
        for (var part : Words.wrap(cells.get(last), room, 0)) {
            lines.add((indent + part).stripTrailing());
            indent = " ".repeat(start.length());
        }
        return lines;
    }
}
