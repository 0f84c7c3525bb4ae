package dev.quartet.galley.history;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.history.RevisionContent.Kept;
import dev.quartet.galley.history.UnifiedDiff.Side;
import dev.quartet.galley.source.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RevisionDiffTest {
    private static RevisionContent content(Map<String, String> yaml) {
        var resources = new TreeMap<ResourceKey, Kept>();
        yaml.forEach((name, text) ->
                resources.put(
                        new ResourceKey(Kind.RULE, "shop", name),
                        new Kept(Origin.APPLIED, "v" + text.hashCode(), text)));
        return new RevisionContent(resources);
    }

    @Test
    void tellsOfEachResourceInUnifiedForm() {
        var before = content(Map.of("changed", "a: 1\nb: 2\n", "gone", "x: 1\n", "same", "s: 1\n"));
        var after = content(Map.of("changed", "a: 1\nb: 3\n", "new", "n: 1\n", "same", "s: 1\n"));

        var diff = RevisionDiff.between(before, after);

        assertThat(diff.changes())
                .extracting(change -> change.key().name() + " " + change.kind().label())
                .containsExactly("changed changed", "gone deleted", "new created");
        assertThat(diff.text("revision 1", "revision 2"))
                .isEqualTo(
                        """
                        --- a/rule/shop/changed.yaml\trevision 1, applied
                        +++ b/rule/shop/changed.yaml\trevision 2, applied
                        @@ -1,2 +1,2 @@
                         a: 1
                        -b: 2
                        +b: 3
                        --- a/rule/shop/gone.yaml\trevision 1, applied
                        +++ /dev/null
                        @@ -1,1 +0,0 @@
                        -x: 1
                        --- /dev/null
                        +++ b/rule/shop/new.yaml\trevision 2, applied
                        @@ -0,0 +1,1 @@
                        +n: 1
                        """);
        assertThat(RevisionDiff.between(after, after).text("", "")).isEmpty();
    }

    /// Two documents without a common line would cost the product of their lengths.
    @Test
    void veryLongDifferencesAreOneBlockAndStillRight() throws Exception {
        var before = lines(60_000, "a");
        var after = new ArrayList<>(before.subList(0, 5));
        after.addAll(lines(60_000, "b"));
        after.addAll(before.subList(59_990, 60_000));

        var diff = UnifiedDiff.of("long.yaml", side(before), side(after));

        var lines = diff.lines().toList();
        assertThat(lines).element(2).isEqualTo("@@ -3,59991 +3,60006 @@");
        assertThat(DiffUtils.patch(before, UnifiedDiffUtils.parseUnifiedDiff(lines)))
                .isEqualTo(after);
    }

    @Test
    void aDiffLeadsFromOneDocumentToTheOther() throws Exception {
        var random = new Random(7);
        for (var round = 0; round < 500; round++) {
            var before = words(random);
            var after = words(random);

            var diff = UnifiedDiff.of("x.yaml", side(before), side(after));

            var patch = UnifiedDiffUtils.parseUnifiedDiff(diff.lines().toList());
            assertThat(DiffUtils.patch(before, patch)).as(diff).isEqualTo(after);
        }
    }

    @Test
    void theLongestThatIsComparedLineByLineCostsNoMemory() {
        var diff = UnifiedDiff.of("x.yaml", side(lines(4_999, "a")), side(lines(4_999, "b")));

        assertThat(diff.lines()).hasSize(2 + 1 + 2 * 4_999);
    }

    private static Side side(List<String> lines) {
        return new Side("side", String.join("\n", lines) + "\n");
    }

    /// Few words, so that much is alike.
    private static List<String> words(Random random) {
        return random.ints(1 + random.nextInt(40), 0, 5).mapToObj(it -> "word: " + it).toList();
    }

    private static List<String> lines(int count, String prefix) {
        var lines = new ArrayList<String>();
        for (var i = 0; i < count; i++) {
            lines.add(prefix + ": " + i);
        }
        return lines;
    }
}
