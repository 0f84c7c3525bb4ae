package dev.quartet.galley.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quartet.config.Kind;
import dev.quartet.config.ResourceKey;
import dev.quartet.galley.history.RevisionContent.Kept;
import dev.quartet.galley.source.Origin;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RevisionDeltaTest {
    private static final LoggedRevision REVISION =
            new LoggedRevision(
                    7,
                    "0123456789abcdef01234567",
                    Instant.parse("2026-11-27T10:00:00Z"),
                    Cause.kubernetes(),
                    List.of(),
                    List.of(),
                    List.of());

    private static RevisionContent content(Random random) {
        var resources = new TreeMap<ResourceKey, Kept>();
        for (var name : List.of("a", "b", "c", "d")) {
            var version = random.nextInt(4);
            if (version > 0) {
                resources.put(
                        new ResourceKey(Kind.VIRTUAL_SERVICE, "shop", name),
                        new Kept(
                                Origin.KUBERNETES,
                                "v" + version,
                                "spec: {version: " + version + "}\n"));
            }
        }
        return new RevisionContent(resources);
    }

    @Test
    void undoneAfterItWasWrittenAndReadGivesWhatWasBefore() throws IOException {
        var random = new Random(5);
        for (int i = 0; i < 500; i++) {
            var before = content(random);
            var after = content(random);

            var delta = RevisionDelta.of(REVISION, RevisionDiff.between(before, after));

            assertThat(RevisionDelta.decode(delta.encoded()).undone(after)).isEqualTo(before);
        }
    }

    @Test
    void aBareOneSaysThatNobodyKnows() throws IOException {
        var bare =
                RevisionDelta.decode(
                        RevisionDelta.of(REVISION, new RevisionDiff(List.of())).bare().encoded());

        assertThat(bare.revision()).isEqualTo(REVISION);
        assertThatThrownBy(() -> bare.undone(RevisionContent.NOTHING))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("what revision 7 (01234567) has changed was not recorded");
    }

    @Test
    void junkIsTold() {
        assertThatThrownBy(() -> RevisionDelta.decode(Map.of()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("there is no after");
        assertThatThrownBy(() -> RevisionDelta.decode(Map.of("after", new byte[] {1, 2, 3})))
                .isInstanceOf(IOException.class);
    }
}
