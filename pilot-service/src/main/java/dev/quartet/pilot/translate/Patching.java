package dev.quartet.pilot.translate;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.quartet.config.networking.EnvoyFilter.ApplyTo;
import dev.quartet.pilot.patch.Context;
import dev.quartet.pilot.patch.PatchId;
import dev.quartet.pilot.patch.Patched;
import dev.quartet.pilot.patch.Patches;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Resources as users' EnvoyFilters change them.
///
/// @param sides what the proxies have that get the patches
/// @param added names of clusters that come in by patches
record Patching(Patches patches, Set<Context> sides, Set<String> added) {
    static Patching of(Patches patches, Set<Context> sides) {
        return new Patching(
                patches,
                sides,
                patches.added(ApplyTo.CLUSTER, sides).stream()
                        .map(Patches.Added::name)
                        .collect(Collectors.toUnmodifiableSet()));
    }

    /// @param resource of a kind that Envoy asks for by itself; others are as they were
    Patched<XdsResource> of(XdsResource resource) {
        try {
            return switch (resource.type()) {
                case LDS -> listener(resource, resource.content().unpack(Listener.class));
                case RDS ->
                        remade(
                                resource,
                                patches.routes(
                                        resource.content().unpack(RouteConfiguration.class),
                                        named(resource.name())));
                case CDS ->
                        remade(
                                resource,
                                patches.cluster(
                                        resource.content().unpack(Cluster.class),
                                        named(resource.name())));
                case EDS, ECDS ->
                        new Patched<>(Optional.of(resource), Collections.emptySortedSet());
            };
        } catch (InvalidProtocolBufferException wrong) {
            throw new IllegalStateException("it was made here", wrong);
        }
    }

    private Patched<XdsResource> listener(XdsResource resource, Listener listener) {
        var side =
                sides.contains(Context.GATEWAY)
                        ? Context.GATEWAY
                        : listener.getTrafficDirection() == TrafficDirection.INBOUND
                                ? Context.SIDECAR_INBOUND
                                : Context.SIDECAR_OUTBOUND;
        return remade(resource, patches.listener(listener, side));
    }

    /// Of a cluster or a route table.
    private Context named(String name) {
        if (sides.contains(Context.GATEWAY)) {
            return Context.GATEWAY;
        }
        return name.startsWith("inbound|") || name.equals(Names.INBOUND_PASSTHROUGH)
                ? Context.SIDECAR_INBOUND
                : Context.SIDECAR_OUTBOUND;
    }

    private Patched<XdsResource> remade(XdsResource resource, Patched<? extends Message> patched) {
        if (patched.by().isEmpty()) {
            return new Patched<>(Optional.of(withoutWhatWent(resource)), patched.by());
        }
        return new Patched<>(
                patched.message().map(message -> remade(resource, message)), patched.by());
    }

    private XdsResource remade(XdsResource resource, Message message) {
        return XdsResource.of(
                resource.type(),
                resource.name(),
                message,
                references(resource.clusters(), message.toByteString()));
    }

    private XdsResource withoutWhatWent(XdsResource resource) {
        var left = references(resource.clusters(), ByteString.EMPTY);
        return left.equals(resource.clusters())
                ? resource
                : new XdsResource(
                        resource.type(),
                        resource.name(),
                        resource.version(),
                        left,
                        resource.content(),
                        resource.wire());
    }

    /// What a resource waits for: not for clusters that patches take out, and for those that they bring in.
    private Set<String> references(Set<String> before, ByteString content) {
        var references = new HashSet<String>();
        for (var cluster : before) {
            if (!patches.takeOut(cluster, named(cluster))) {
                references.add(cluster);
            }
        }
        if (!added.isEmpty() && !content.isEmpty()) {
            var bytes = content.toStringUtf8();
            added.stream().filter(bytes::contains).forEach(references::add);
        }
        return references;
    }

    /// What comes in beside the mesh's own.
    List<XdsResource> added(XdsType type) {
        return broughtIn(type).stream().map(it -> fresh(type, it)).toList();
    }

    private List<Patches.Added> broughtIn(XdsType type) {
        return switch (type) {
            case LDS -> patches.added(ApplyTo.LISTENER, sides);
            case CDS -> patches.added(ApplyTo.CLUSTER, sides);
            case ECDS -> patches.added(ApplyTo.EXTENSION_CONFIG, sides);
            case EDS, RDS -> List.of();
        };
    }

    private XdsResource fresh(XdsType type, Patches.Added added) {
        var references =
                type == XdsType.CDS
                        ? Set.<String>of()
                        : references(Set.of(), added.message().toByteString());
        return XdsResource.of(type, added.name(), added.message(), references);
    }

    /// The patches that bring something in under a name.
    List<PatchId> bringing(XdsType type, String name) {
        return broughtIn(type).stream()
                .filter(it -> it.name().equals(name))
                .map(Patches.Added::by)
                .toList();
    }
}
