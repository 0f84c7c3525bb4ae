package dev.quartet.pilot.patch;

import com.google.protobuf.Message;
import dev.quartet.config.Problem;
import dev.quartet.config.Reason;
import dev.quartet.config.Resource;
import dev.quartet.config.networking.EnvoyFilter;
import dev.quartet.config.networking.EnvoyFilter.ApplyTo;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;

/// The patches that some proxies get, in their order. Immutable.
public final class Patches {
    private final List<Patch> patches;
    private final List<Problem> problems;

    private Patches(List<Patch> patches, List<Problem> problems) {
        this.patches = List.copyOf(patches);
        this.problems = List.copyOf(problems);
    }

    /// A patch of a filter.
    ///
    /// @param number in its `configPatches`
    public record Chosen(Resource<EnvoyFilter> filter, int number) {
        public PatchId id() {
            return new PatchId(filter.key(), number);
        }
    }

    /// @param chosen in the order in which they come into play
    public static Patches of(List<Chosen> chosen) {
        var patches = new ArrayList<Patch>();
        var problems = new ArrayList<Problem>();
        for (var one : chosen) {
            var written = one.filter().spec().configPatches().get(one.number());
            try {
                var value = written.patch().value();
                var patch =
                        new Patch(
                                one.id(),
                                written,
                                value == null ? null : PatchValue.read(written.applyTo(), value));
                if (isOne(patch) && name(patch.value(Message.class)).isEmpty()) {
                    throw new PatchValue.Unreadable("it has no name");
                }
                patches.add(patch);
            } catch (PatchValue.Unreadable wrong) {
                problems.add(
                        new Problem(
                                Reason.PATCH_NOT_IN_FORCE,
                                one.filter().key(),
                                null,
                                one.id().path().field("patch").field("value"),
                                "no %s can be read from it: %s"
                                        .formatted(written.applyTo(), wrong.getMessage()),
                                "write it as Envoy's API v3 has it, with typed_config and its @type; the other patches are in force"));
            }
        }
        return new Patches(patches, problems);
    }

    /// Whether the patch brings in a resource of its own.
    private static boolean isOne(Patch patch) {
        return patch.adds()
                && switch (patch.applyTo()) {
                    case LISTENER, CLUSTER, EXTENSION_CONFIG -> true;
                    default -> false;
                };
    }

    /// Patches that nobody could make anything of.
    public List<Problem> problems() {
        return problems;
    }

    public Patched<Listener> listener(Listener listener, Context side) {
        return patched(
                listener, side, (patches, by) -> new ListenerPatches(patches, by).apply(listener));
    }

    public Patched<RouteConfiguration> routes(RouteConfiguration table, Context side) {
        return patched(
                table,
                side,
                (patches, by) -> Optional.of(new RoutePatches(patches, by).apply(table)));
    }

    public Patched<Cluster> cluster(Cluster cluster, Context side) {
        return patched(
                cluster,
                side,
                (patches, by) ->
                        new ClusterPatches(
                                        patches.stream()
                                                .filter(it -> it.applyTo() == ApplyTo.CLUSTER)
                                                .toList(),
                                        by)
                                .apply(cluster));
    }

    private <M extends Message> Patched<M> patched(
            M message, Context side, BiFunction<List<Patch>, Set<PatchId>, Optional<M>> change) {
        var by = new TreeSet<PatchId>();
        var meant = patches.stream().filter(patch -> patch.isFor(side)).toList();
        var changed = change.apply(meant, by);
        return by.isEmpty() ? new Patched<>(Optional.of(message), by) : new Patched<>(changed, by);
    }

    /// Whether some patch takes a cluster out, so that nothing may wait for it.
    public boolean takeOut(String cluster, Context side) {
        return patches.stream()
                .anyMatch(patch ->
                        patch.applyTo() == ApplyTo.CLUSTER
                                && patch.operation() == EnvoyFilter.Operation.REMOVE
                                && patch.isFor(side)
                                && ClusterPatches.isMeant(patch, cluster));
    }

    /// A resource that comes in beside the mesh's own.
    public record Added(String name, Message message, PatchId by) {}

    /// @param applyTo `LISTENER`, `CLUSTER`, or `EXTENSION_CONFIG`, the config of filters that ask for it by ECDS
    public List<Added> added(ApplyTo applyTo, Set<Context> sides) {
        return patches.stream()
                .filter(patch -> patch.applyTo() == applyTo && patch.adds())
                .filter(patch -> sides.stream().anyMatch(patch::isFor))
                .map(patch ->
                        new Added(
                                name(patch.value(Message.class)),
                                patch.value(Message.class),
                                patch.id()))
                .toList();
    }

    private static String name(Message message) {
        return message.getField(message.getDescriptorForType().findFieldByName("name")).toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Patches that
                && patches.equals(that.patches)
                && problems.equals(that.problems);
    }

    @Override
    public int hashCode() {
        return patches.hashCode();
    }
}
