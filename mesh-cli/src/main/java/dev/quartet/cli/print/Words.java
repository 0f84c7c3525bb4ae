package dev.quartet.cli.print;

import java.util.ArrayList;
import java.util.List;

/// Text broken into lines at its spaces; a word that is longer than a line is cut.
final class Words {
    private Words() {}

    /// @param columns of a line
    /// @param hanging spaces before each line but the first
    static List<String> wrap(String text, int columns, int hanging) {
        var lines = new ArrayList<String>();
        var indent = "";
        var rest = text;
        while (indent.length() + rest.length() > columns) {
            var room = columns - indent.length();
            var space = rest.lastIndexOf(' ', room);
            var cut = space > room / 2 ? space : room;
            lines.add(indent + rest.substring(0, cut).stripTrailing());
            rest = rest.substring(cut).stripLeading();
            indent = " ".repeat(hanging);
        }
        lines.add(indent + rest);
        return lines;
    }
}
