package dev.quartet.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.expressions.Attributes;
import dev.quartet.expressions.Knowledge;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/// No set of rules, handlers and instances makes the table throw.
class PolicyFuzzTest {
    private static final List<String> WORDS =
            List.of(
                    "null",
                    "{}",
                    "[]",
                    "[[]]",
                    "-1",
                    "0",
                    "\"7\"",
                    "1e300",
                    "true",
                    "metric",
                    "checknothing",
                    "denier",
                    "prometheus",
                    "noop",
                    "DISTRIBUTION",
                    "{linear_buckets: {num_finite_buckets: 3, width: 1}}",
                    "{explicit_buckets: {bounds: [1, \"2\", a]}}",
                    "request.path | 5",
                    "a.b.c");

    @Property(tries = 1000)
    void survivesResourcesWithFaults(@ForAll long seed) {
        var random = new Random(seed);
        var documents = new ArrayList<String>();
        for (var i = random.nextInt(8) + 1; i > 0; i--) {
            documents.add(mutated(any(random), random));
        }

        var resources =
                Policies.read("in.yaml", String.join("\n---\n", documents)).plainResources();
        var table = Policies.table(resources);

        assertThat(table.checksThatMayMatch(Knowledge.NOTHING)).isNotNull();
        assertThat(table.rulesFor(Attributes.EMPTY)).isNotNull();
        assertThat(table.problems())
                .allSatisfy(problem -> assertThat(problem.resource()).isNotNull());
        assertThat(table.rules())
                .allSatisfy(rule -> assertThat(rule.actions()).as("%s", rule).isNotEmpty());
    }

    private static String any(Random random) {
        try {
            var files = PolicyProblemsTest.files();
            var documents =
                    Files.readString(files.get(random.nextInt(files.size()))).split("\n---\n");
            return documents[random.nextInt(documents.length)];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The document with other values behind some of its colons.
    private static String mutated(String document, Random random) {
        var text = new StringBuilder(document);
        for (var i = random.nextInt(3); i > 0; i--) {
            var colon = text.indexOf(": ", random.nextInt(text.length()));
            if (colon > 0) {
                var end = colon + 2;
                while (end < text.length() && "\n,}]".indexOf(text.charAt(end)) < 0) {
                    end++;
                }
                text.replace(colon + 2, end, WORDS.get(random.nextInt(WORDS.size())));
            }
        }
        return text.toString();
    }
}
