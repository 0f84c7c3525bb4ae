package dev.quartet.stream;

import dev.quartet.config.Kind;
import dev.quartet.config.Resource;
import dev.quartet.config.ResourceKey;
import dev.quartet.config.read.ResourceReader;
import dev.quartet.stream.testing.ScriptedGalley;
import dev.quartet.wire.mcp.Resources;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// A revision as a test's Galley publishes it. Same content, same id.
record Published(String id, SortedMap<ResourceKey, Resource<?>> resources) {
    static final List<Kind> KINDS =
            List.of(Kind.DESTINATION_RULE, Kind.WORKLOAD_ENTRY, Kind.MESH_CONFIG);
    private static final ResourceReader READER = new ResourceReader();

    static Published of(Resource<?>... resources) {
        var all = new TreeMap<ResourceKey, Resource<?>>();
        for (var resource : resources) {
            all.put(resource.key(), resource);
        }
        return of(all);
    }

    private static Published of(SortedMap<ResourceKey, Resource<?>> all) {
        var content = new StringBuilder();
        all.forEach((key, resource) -> content.append(key).append(resource.version()));
        return new Published("r" + Integer.toHexString(content.toString().hashCode()), all);
    }

    static Resource<?> resource(Kind kind, String name, int version) {
        var json =
                switch (kind) {
                    case DESTINATION_RULE -> "{\"host\":\"details\"}";
                    case WORKLOAD_ENTRY -> "{\"address\":\"10.0.0.1\"}";
                    default -> "{}";
                };
        return READER.readJson(
                kind,
                "shop/" + name,
                Map.of("version", "v" + version),
                Map.of(),
                json.getBytes(StandardCharsets.UTF_8));
    }

    /// A revision near this one: some resources come, some change, some go.
    Published next(RandomGenerator random) {
        var next = new TreeMap<>(resources);
        for (var changes = 1 + random.nextInt(3); changes > 0; changes--) {
            var kind = KINDS.get(random.nextInt(KINDS.size()));
            var name = "n" + random.nextInt(3);
            if (random.nextInt(3) == 0) {
                next.remove(new ResourceKey(kind, "shop", name));
            } else {
                var resource = resource(kind, name, random.nextInt(3));
                next.put(resource.key(), resource);
            }
        }
        return of(next);
    }

    Map<String, Resource<?>> collection(Kind kind) {
        var members = new TreeMap<String, Resource<?>>();
        resources.forEach((key, resource) -> {
            if (key.kind() == kind) {
                members.put(key.namespacedName(), resource);
            }
        });
        return members;
    }

    /// The message that takes a sink from what it holds to this revision.
    Resources message(Kind kind, Map<String, Resource<?>> held) {
        var message =
                Resources.newBuilder()
                        .setCollection(kind.collection())
                        .setSystemVersionInfo(id)
                        .setIncremental(true);
        var members = collection(kind);
        members.forEach((name, resource) -> {
            if (!resource.equals(held.get(name))) {
                message.addResources(ScriptedGalley.wire(resource));
            }
        });
        var removed = new ArrayList<>(held.keySet());
        removed.removeAll(members.keySet());
        return message.addAllRemovedResources(removed).build();
    }
}
