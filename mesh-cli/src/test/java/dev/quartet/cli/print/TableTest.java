package dev.quartet.cli.print;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.cli.print.Terminal.Tone;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TableTest {
    private static Terminal narrow(int columns) {
        return terminal(
                Map.of(
                        "MESH_TERMINAL",
                        "out",
                        "MESH_COLUMNS",
                        Integer.toString(columns),
                        "NO_COLOR",
                        "1"));
    }

    private static Terminal terminal(Map<String, String> environment) {
        return new Terminal(System.out, System.err, environment);
    }

    @Test
    void columnsAreAsWideAsTheyNeed() {
        var table = new Table("NAME", "STATE").row("a", "UP").row("longer-name", "DOWN");

        assertThat(table.lines(terminal(Map.of())))
                .containsExactly("NAME         STATE", "a            UP", "longer-name  DOWN");
    }

    @Test
    void lastColumnGoesOnUnderItself() {
        var table =
                new Table("NAME", "WORDS")
                        .row("a", "one two three four five six seven eight nine ten");

        assertThat(table.lines(narrow(40)))
                .containsExactly(
                        "NAME  WORDS",
                        "a     one two three four five six seven",
                        "      eight nine ten");
    }

    @Test
    void columnsMoveTogetherWhereTheTerminalIsNarrow() {
        var table = new Table("A", "B", "C").row("a-name-of-20-letters", "another-of-18-let.", "0");
        assertThat(table.lines(narrow(42))).endsWith("a-name-of-20-letters another-of-18-let. 0");
        assertThat(table.lines(narrow(43))).endsWith("a-name-of-20-letters  another-of-18-let.  0");
    }

    @Test
    void rowIsOneLineWhereThereIsNoEdge() {
        var words = "word ".repeat(50).strip();

        assertThat(new Table("WORDS").row(words).lines(terminal(Map.of("MESH_COLUMNS", "40"))))
                .containsExactly("WORDS", words);
    }

    @Test
    void noColourWithoutATerminalOrWithNoColor() {
        var table = new Table("NAME").row(Tone.BAD, "a");

        assertThat(table.lines(terminal(Map.of("MESH_TERMINAL", "out"))))
                .contains("\033[31ma\033[0m");
        assertThat(table.lines(terminal(Map.of("MESH_TERMINAL", "out", "NO_COLOR", "1"))))
                .contains("a");
        assertThat(table.lines(terminal(Map.of("MESH_TERMINAL", "out", "TERM", "dumb"))))
                .contains("a");
        assertThat(table.lines(terminal(Map.of()))).contains("a");
    }

    @Test
    void controlSignsFromOutsideAreShownAndNotObeyed() {
        assertThat(Printable.line("a\033[2Jb\rc\nd\u202e"))
                .isEqualTo("a\\x1b[2Jb\\x0dc\\nd\\x202e");
        assertThat(new Table("X").row("\033]0;owned\007").lines(terminal(Map.of())))
                .containsExactly("X", "\\x1b]0;owned\\x07");
    }
}
