package dev.quartet.fuzzing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What fuzzing begins with and what it once found, without a fuzzer: in every build.
class TargetsTest {
    @ParameterizedTest
    @EnumSource(Target.class)
    void survivesItsSeeds(Target target) {
        var seeds = target.seeds();

        seeds.forEach(target::feed);

        assertThat(seeds).hasSizeGreaterThan(10);
    }

    static Stream<Arguments> found() {
        return Arrays.stream(Target.values())
                .flatMap(target ->
                        target.found().stream()
                                .map(file -> Arguments.of(target, file.getFileName(), file)));
    }

    @ParameterizedTest(name = "{0} {1}", allowZeroInvocations = true)
    @MethodSource("found")
    void survivesWhatWasFound(Target target, Path name, Path file) throws IOException {
        target.feed(Files.readAllBytes(file));
    }

    @Test
    void partsAreTakenApartAsTheyWerePutTogether() {
        var parts = Parts.of(Parts.join("a", "", "c".getBytes(StandardCharsets.UTF_8)));

        assertThat(parts.text()).isEqualTo("a");
        assertThat(parts.bytes()).isEmpty();
        assertThat(parts.more()).isTrue();
        assertThat(parts.text()).isEqualTo("c");
        assertThat(parts.more()).isFalse();
        assertThat(parts.text()).isEmpty();
    }

    @Test
    void aLawThatDoesNotHoldIsAFinding() {
        assertThatThrownBy(() -> Laws.holds(false, "it does not"))
                .isInstanceOf(AssertionError.class)
                .hasMessage("it does not");
    }
}
