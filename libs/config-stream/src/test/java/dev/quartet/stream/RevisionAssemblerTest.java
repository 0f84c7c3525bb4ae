package dev.quartet.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RevisionAssemblerTest {

    /// Collections run ahead of each other, skip revisions and arrive in any order across collections; messages of one
    /// collection keep their order, as one stream gives.
    @Test
    void neverMixesRevisionsAndEndsWithTheNewest() {
        for (var seed = 0; seed < 2_000; seed++) {
            var random = new Random(seed);
            var history = history(random);
            var byId = new HashMap<String, Published>();
            history.forEach(published -> byId.put(published.id(), published));
            var assembler = new RevisionAssembler(EnumSet.copyOf(Published.KINDS));
            var at = new EnumMap<Kind, Integer>(Kind.class);
            Map<Kind, Map<String, Resource<?>>> held = new EnumMap<>(Kind.class);
            while (at.values().stream().filter(place -> place == history.size() - 1).count() < 3) {
                var kind = Published.KINDS.get(random.nextInt(Published.KINDS.size()));
                var place = at.getOrDefault(kind, -1);
                if (place == history.size() - 1) {
                    continue;
                }
                var next = place + 1 + random.nextInt(Math.min(3, history.size() - place - 1));
                var message = history.get(next).message(kind, held.getOrDefault(kind, Map.of()));
                at.put(kind, next);
                held.put(kind, history.get(next).collection(kind));

                var decoded = WireDecoder.decode(kind, message.getResourcesList());
                assembler.accept(
                        kind,
                        message.getSystemVersionInfo(),
                        true,
                        decoded.resources(),
                        message.getRemovedResourcesList());

                assembler
                        .wholeRevision()
                        .ifPresent(id ->
                                assertThat(assembler.resources())
                                        .as("seed with history %s", history.size())
                                        .isEqualTo(published(byId, id).resources()));
            }
            assertThat(assembler.wholeRevision())
                    .as("seed " + seed)
                    .contains(history.getLast().id());
            assertThat(assembler.lagging()).isEmpty();
        }
    }

    private static Published published(Map<String, Published> byId, String id) {
        return java.util.Objects.requireNonNull(byId.get(id), id + " was never published");
    }

    static List<Published> history(Random random) {
        var history = new ArrayList<Published>();
        history.add(Published.of(Published.resource(Kind.WORKLOAD_ENTRY, "n0", 0)));
        for (var length = 1 + random.nextInt(8); length > 0; length--) {
            history.add(history.getLast().next(random));
        }
        return history;
    }

    @Test
    void replacesAWholeCollectionByAMessageThatIsNotIncremental() {
        var assembler = new RevisionAssembler(EnumSet.of(Kind.WORKLOAD_ENTRY));
        var old = Published.of(Published.resource(Kind.WORKLOAD_ENTRY, "old", 1));
        var fresh = Published.of(Published.resource(Kind.WORKLOAD_ENTRY, "fresh", 1));
        take(assembler, old, true);

        take(assembler, fresh, false);

        assertThat(assembler.resources()).isEqualTo(fresh.resources());
    }

    private static void take(RevisionAssembler assembler, Published revision, boolean incremental) {
        var message = revision.message(Kind.WORKLOAD_ENTRY, Map.of());
        assembler.accept(
                Kind.WORKLOAD_ENTRY,
                revision.id(),
                incremental,
                WireDecoder.decode(Kind.WORKLOAD_ENTRY, message.getResourcesList()).resources(),
                List.of());
    }

    @Test
    void namesTheCollectionsThatLag() {
        var assembler =
                new RevisionAssembler(EnumSet.of(Kind.WORKLOAD_ENTRY, Kind.DESTINATION_RULE));

        take(assembler, Published.of(Published.resource(Kind.WORKLOAD_ENTRY, "n", 1)), true);

        assertThat(assembler.wholeRevision()).isEmpty();
        assertThat(assembler.lagging()).containsExactly(Kind.DESTINATION_RULE);
    }
}
