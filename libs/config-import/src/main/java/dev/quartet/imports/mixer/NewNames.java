package dev.quartet.imports.mixer;

import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.Subject;
import dev.quartet.config.read.ClusterObject;
import dev.quartet.imports.ImportInput;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What each old object is called today. It keeps its name, unless another one that becomes the same kind, or is of it already, has
/// that too: then it is `name-kind`.
final class NewNames {
    private final Map<Subject, ResourceKey> keys = new HashMap<>();
    private final Set<ResourceKey> there;

    NewNames(ImportInput input) {
        there =
                input.plainResources().stream()
                        .map(Resource::key)
                        .collect(Collectors.toUnmodifiableSet());
        var taken = new HashSet<>(there);
        var wanted = new HashMap<ResourceKey, Integer>();
        var objects = input.objects(OldKind.LABELS);
        objects.stream()
                .map(ClusterObject::subject)
                .distinct()
                .forEach(it -> wanted.merge(key(it, it.name()), 1, Integer::sum));
        for (var object : objects) {
            var subject = object.subject();
            var key = key(subject, subject.name());
            if (wanted.getOrDefault(key, 0) == 1 && taken.add(key)) {
                keys.put(subject, key);
            }
        }
        for (var object : objects) {
            var subject = object.subject();
            if (!keys.containsKey(subject)) {
                var name = subject.name() + "-" + subject.kind();
                var key = key(subject, name);
                for (int i = 2; !taken.add(key); i++) {
                    key = key(subject, name + "-" + i);
                }
                keys.put(subject, key);
            }
        }
    }

    private static ResourceKey key(Subject subject, String name) {
        var form = OldKind.ofLabel(subject.kind()).orElseThrow().form();
        return new ResourceKey(
                form == OldKind.Form.HANDLER ? Kind.HANDLER : Kind.INSTANCE,
                subject.namespace(),
                name);
    }

    ResourceKey of(Subject subject) {
        return Objects.requireNonNull(keys.get(subject));
    }

    /// What a reference leads to.
    ///
    /// @param key as it is called today
    record Target(Subject subject, OldKind kind, ResourceKey key) {
        /// As a rule of `namespace` names it.
        String from(String namespace) {
            return key.namespace().equals(namespace) && key.name().indexOf('.') < 0
                    ? key.name()
                    : key.name() + "." + key.namespace();
        }
    }

    sealed interface Reference {
        record To(Target target) implements Reference {}

        /// It names an old kind, and nothing of that name is there.
        record Nothing(Subject subject) implements Reference {}

        /// It is no name of an old object.
        record Todays() implements Reference {}
    }

    /// `name.kind` of the own namespace, or `name.kind.namespace`, where the name may hold dots.
    Reference find(String text, OldKind.Form form, String namespace) {
        var parts = text.split("\\.", -1);
        for (int last : new int[] {parts.length - 1, parts.length - 2}) {
            if (last < 1) {
                continue;
            }
            var kind = OldKind.ofLabel(parts[last]).filter(it -> it.form() == form);
            if (kind.isEmpty()) {
                continue;
            }
            var in = last == parts.length - 1 ? namespace : parts[last + 1];
            var subject =
                    new Subject(parts[last], in, String.join(".", Arrays.copyOf(parts, last)));
            var key = Optional.ofNullable(keys.get(subject));
            if (key.isPresent()) {
                return new Reference.To(new Target(subject, kind.get(), key.get()));
            }
            var todays =
                    new ResourceKey(
                            form == OldKind.Form.HANDLER ? Kind.HANDLER : Kind.INSTANCE,
                            parts[last],
                            subject.name());
            if (last == parts.length - 2 || !there.contains(todays)) {
                return new Reference.Nothing(subject);
            }
        }
        return new Reference.Todays();
    }
}
