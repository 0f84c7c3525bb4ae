package dev.quartet.meshinit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ArgumentsTest {
    private static final Path CASES = Path.of("src/test/resources/testdata");

    /// What a user asks for (first line, `# mesh-init …`) and the rules it makes.
    static List<Path> cases() throws Exception {
        try (Stream<Path> files = Files.list(CASES)) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void printsTheRules(Path file) throws Exception {
        var first = Files.readAllLines(file).getFirst();
        var arguments =
                Arrays.stream(first.substring("# mesh-init".length()).split(" "))
                        .filter(word -> !word.isEmpty())
                        .map(word -> word.equals("''") ? "" : word)
                        .toArray(String[]::new);

        var result = MeshInit.run(arguments);

        assertThat(result.exitCode()).as(result.err()).isZero();
        var rules = first + "\n" + result.out();
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(file, rules);
        }
        assertThat(rules).isEqualTo(Files.readString(file));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--bogus | there is no option \"--bogus\"",
                "extra | there is no option \"extra\"",
                "-p | -p needs a value",
                "-p 0 | -p has 0, which is not between 1 and 65535",
                "-p 65536 | -p has 65536, which is not between 1 and 65535",
                "--outbound-to=http | --outbound-to has \"http\", which is not a number",
                "-p 15006 | inbound and outbound traffic cannot both go to port 15006",
                "-m TPROXY | -m has \"TPROXY\"; only REDIRECT is there",
                "-b 80,,90 | -b has an empty item in \"80,,90\"",
                "-b 80, | -b has an empty item in \"80,\"",
                "-b 80,* | -b has \"*\", which is not a number",
                "-b 80,15020 | port 15020 is the proxy's own and is never captured",
                "-d * | -d takes ports, not *",
                "-o 99999 | -o has 99999, which is not between 1 and 65535",
                "-i 10.0.0.0/33 | -i has \"10.0.0.0/33\", which is not a range",
                "-i 10.0.0.256 | -i has \"10.0.0.256\", which is not a range",
                "-i 10.0.0 | -i has \"10.0.0\", which is not a range",
                "-x * | -x takes ranges, not *",
                "-x fd00::/129 | -x has \"fd00::/129\", which is not a range",
                "-x fd00:::1 | -x has \"fd00:::1\", which is not a range",
                "-x fd00::1::2 | -x has \"fd00::1::2\", which is not a range",
                "-x 1:2:3 | -x has \"1:2:3\", which is not a range",
                "-i 10.0.0.0/8;reboot | other signs than those of numbers and addresses",
                "-u root | -u has \"root\", which is not a number",
                "-u '' | -u needs at least one id",
                "--backend ebpf | --backend has \"ebpf\"; use nft, legacy or auto"
            })
    void refusesInOneLine(String line, String words) throws Exception {
        var arguments = Stream.of(line.split(" ")).map(word -> word.equals("''") ? "" : word);

        var result = MeshInit.run(arguments.toArray(String[]::new));

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines()).hasSize(1);
        assertThat(result.err()).startsWith("mesh-init: ").contains(words);
    }

    @Test
    void helpNamesEveryOption() throws Exception {
        var result = MeshInit.run("--help");

        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).contains("-p,", "-z,", "-u,", "-g,", "-m,", "-i,", "-x,", "-o,");
        assertThat(result.out()).contains("-b,", "-d,", "--dry-run", "--clean", "--backend");
    }
}
