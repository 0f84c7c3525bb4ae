package dev.quartet.cli.print;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.cli.print.Terminal.Tone;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalTest {
    private static final String LONG =
            "Galley refused it\n  UnknownField routes.yaml:14 VirtualService shop/reviews: there is no field";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private Terminal terminal(String live) {
        return new Terminal(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Map.of("MESH_TERMINAL", live, "MESH_COLUMNS", "50"));
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }

    @Test
    void longLinesAreBrokenAtTheEdgeOfATerminal() {
        terminal("outerr").error(Tone.BAD, "mesh: ", LONG);

        assertThat(text(err))
                .isEqualTo(
                        """
                        \033[31mmesh: \033[0mGalley refused it
                          UnknownField routes.yaml:14 VirtualService
                              shop/reviews: there is no field
                        """);
    }

    @Test
    void whatIsPipedStaysOneLineWithoutColour() {
        terminal("").error(Tone.BAD, "mesh: ", LONG);
        terminal("").line(Tone.WARN, "warning: ", "word ".repeat(40).strip());

        assertThat(text(err)).isEqualTo("mesh: " + LONG + "\n");
        assertThat(text(out)).isEqualTo("warning: " + "word ".repeat(40).strip() + "\n");
    }

    @Test
    void eachOutputIsATerminalByItself() {
        var terminal = terminal("out");

        terminal.line(Tone.GOOD, "in force", " on all");
        terminal.error(Tone.BAD, "mesh: ", LONG);

        assertThat(text(out)).isEqualTo("\033[32min force\033[0m on all\n");
        assertThat(text(err)).isEqualTo("mesh: " + LONG + "\n");
    }

    @Test
    void wordThatIsLongerThanALineIsCut() {
        assertThat(Words.wrap("a " + "x".repeat(12) + " b", 10, 2))
                .containsExactly("a xxxxxxxx", "  xxxx b");
    }
}
