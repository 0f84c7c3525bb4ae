package dev.quartet.galley.batch;

import dev.quartet.config.ResourceKey;
import dev.quartet.galley.history.Cause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A change of some objects of a cluster that counts as a whole or not at all.
///
/// @param number grows from batch to batch
/// @param id written on each object, under [dev.quartet.config.read.Bookkeeping#BATCH]
/// @param writer the replica that makes it, for people
/// @param beat moves while the writer is at it
/// @param members the objects, in the order in which they are written
/// @param landmarks what a Galley must have seen before it takes anything in: this batch's and those of the ones just
///     before
/// @param revision as which the leader has recorded it; null: not yet
public record Batch(
        long number,
        String id,
        State state,
        String writer,
        Instant opened,
        Cause cause,
        long beat,
        List<Member> members,
        List<Landmark> landmarks,
        @Nullable Long revision) {
    /// Batches follow each other; nobody is as far behind as this and still watches.
    private static final Duration REMEMBERED = Duration.ofMinutes(1);

    /// Stands for a record that can't be read.
    static final Batch NONE =
            new Batch(
                    0,
                    "",
                    State.DONE,
                    "",
                    Instant.EPOCH,
                    Cause.start(),
                    0,
                    List.of(),
                    List.of(),
                    null);

    public enum State {
        /// Any of the objects may be written by now.
        OPEN,
        /// All of them are.
        DONE,
        /// None of them is, or what was written is taken back.
        UNDONE
    }

    /// One object of it.
    ///
    /// @param before as it is stored; null: there is none. Only while the batch is open
    /// @param after as it shall be; null: it goes. Only while the batch is open
    public record Member(ResourceKey key, @Nullable JsonNode before, @Nullable JsonNode after) {
        public Member {
            before = orNull(before);
            after = orNull(after);
        }

        /// JSON's null is read as a node.
        private static @Nullable JsonNode orNull(@Nullable JsonNode node) {
            return node == null || node.isNull() ? null : node;
        }
    }

    /// A write that must have come in.
    ///
    /// @param version of the object when it was written, or of the one that is gone
    /// @param gone the uid of the object that is there no more; null: it was written
    public record Landmark(ResourceKey key, String version, @Nullable String gone, Instant at) {}

    public Batch {
        members = List.copyOf(members);
        landmarks = List.copyOf(landmarks);
    }

    /// @param last the one before; null: this is the first
    static Batch open(
            @Nullable Batch last,
            String id,
            String writer,
            Instant now,
            Cause cause,
            List<Member> members) {
        var recent =
                last == null
                        ? List.<Landmark>of()
                        : last.landmarks().stream()
                                .filter(it -> it.at().plus(REMEMBERED).isAfter(now))
                                .toList();
        return new Batch(
                // greater than any before, also when somebody has deleted the record
                Math.max(last == null ? 0 : last.number() + 1, now.toEpochMilli()),
                id,
                State.OPEN,
                writer,
                now,
                cause,
                0,
                members,
                recent,
                null);
    }

    public boolean isOpen() {
        return state == State.OPEN;
    }

    public Optional<Member> member(ResourceKey key) {
        return members.stream().filter(it -> it.key().equals(key)).findFirst();
    }

    Batch beating() {
        return new Batch(
                number, id, state, writer, opened, cause, beat + 1, members, landmarks, revision);
    }

    Batch closed(State how, List<Landmark> made) {
        var all = new ArrayList<>(landmarks);
        all.addAll(made);
        var names = members.stream().map(it -> new Member(it.key(), null, null)).toList();
        return new Batch(
                number, id, how, writer, opened, cause, beat, names, thinned(all), revision);
    }

    Batch recordedAs(long number) {
        return new Batch(
                this.number, id, state, writer, opened, cause, beat, members, landmarks, number);
    }

    /// Of the writes to one type the last one says it all.
    private static List<Landmark> thinned(List<Landmark> landmarks) {
        var last = new HashMap<Object, Landmark>();
        landmarks.forEach(it ->
                last.put(it.gone() == null ? it.key().kind() : List.of(it.key(), it.gone()), it));
        return landmarks.stream().filter(last::containsValue).toList();
    }
}
