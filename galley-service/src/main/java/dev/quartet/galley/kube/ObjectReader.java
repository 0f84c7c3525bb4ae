package dev.quartet.galley.kube;

import dev.quartet.config.Problem;
import dev.quartet.config.Severity;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads objects as they change, each version of their config once. A version with an error leaves the last good one in force. Not
/// thread-safe.
///
/// @param <T> what an object becomes
final class ObjectReader<T> {
    private static final Logger LOGGER = LoggerFactory.getLogger(ObjectReader.class);

    /// Told of each version that was read, for metrics.
    interface Observer {
        void read(HasMetadata object, List<Problem> errors);
    }

    /// What is in one version of an object.
    ///
    /// @param content may be null, and is not used, when there is an error among the problems
    record Reading<T>(@Nullable T content, List<Problem> problems) {}

    /// @param object the version that was read
    /// @param good the last version without errors, null when there was none
    private record Tracked<T>(HasMetadata object, @Nullable T good, List<Problem> problems) {}

    private final Observer observer;
    private Map<String, Tracked<T>> tracked = new HashMap<>();

    ObjectReader(Observer observer) {
        this.observer = observer;
    }

    /// What is in force of the objects, and what is wrong with them.
    final class Pass {
        private final List<T> good = new ArrayList<>();
        private final List<Problem> problems = new ArrayList<>();
        private final Map<String, Tracked<T>> next = new HashMap<>();

        /// @param read reads the object's present version; its argument is the object's place for people
        void take(HasMetadata object, Function<String, Reading<T>> read) {
            var place = place(object);
            var id = object.getKind() + " " + place;
            var version = object.getMetadata().getResourceVersion();
            var before = tracked.get(id);
            var now =
                    before != null && ConfigObjects.saySame(before.object(), object)
                            ? new Tracked<>(object, before.good(), before.problems())
                            : read(object, before, read.apply(place + "@" + version));
            next.put(id, now);
            problems.addAll(now.problems());
            if (now.good() != null) {
                good.add(now.good());
            }
        }

        List<T> good() {
            return good;
        }

        List<Problem> problems() {
            return problems;
        }

        /// Remembers the objects that were taken, and forgets the others. A pass that does not end was none.
        void end() {
            tracked = next;
        }
    }

    Pass pass() {
        return new Pass();
    }

    static String place(HasMetadata object) {
        var namespace = object.getMetadata().getNamespace();
        return (namespace == null ? "" : namespace + "/") + object.getMetadata().getName();
    }

    private Tracked<T> read(HasMetadata object, @Nullable Tracked<T> before, Reading<T> reading) {
        var errors =
                reading.problems().stream().filter(it -> it.severity() == Severity.ERROR).toList();
        observer.read(object, errors);
        if (errors.isEmpty()) {
            return new Tracked<>(object, reading.content(), reading.problems());
        }
        var good = before == null ? null : before.good();
        LOGGER.atWarn()
                .addKeyValue("kind", object.getKind())
                .addKeyValue("namespace", object.getMetadata().getNamespace())
                .addKeyValue("name", object.getMetadata().getName())
                .addKeyValue("version", object.getMetadata().getResourceVersion())
                .addKeyValue("error", errors)
                .addKeyValue("kept", good != null)
                .log("Object has errors");
        return new Tracked<>(object, good, reading.problems());
    }
}
