package dev.quartet.pilot.translate;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.quartet.pilot.Meshes;
import dev.quartet.pilot.Scene;
import dev.quartet.testkit.EnvoyYaml;
import dev.quartet.testkit.GoldenCases;
import dev.quartet.testkit.GoldenCases.Case;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a user writes, and what Envoy gets. The first document of a case says which proxy and which types.
class GoldenTranslationTest {
    static List<Case> cases() {
        return GoldenCases.under("testdata");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void translates(Case example) {
        var scene = Scene.read(example.in());
        var translation = Translation.of(Meshes.snapshot(scene.config(), scene.proxies()));
        var config = translation.configFor(scene.proxy());

        var shown = new ArrayList<Message>();
        for (var type : scene.shown()) {
            var resources = new ArrayList<XdsResource>();
            config.sets(type).forEach(set -> resources.addAll(set.all()));
            resources.stream()
                    .filter(resource -> resource.name().matches(scene.only()))
                    .sorted(Comparator.comparing(XdsResource::name))
                    .map(resource -> message(type, resource.content()))
                    .forEach(shown::add);
        }

        example.matches(EnvoyYaml.write(shown));
    }

    private static Message message(XdsType type, Any content) {
        try {
            return switch (type) {
                case CDS -> Cluster.parseFrom(content.getValue());
                case EDS -> ClusterLoadAssignment.parseFrom(content.getValue());
                case LDS -> Listener.parseFrom(content.getValue());
                case RDS -> RouteConfiguration.parseFrom(content.getValue());
                case ECDS -> TypedExtensionConfig.parseFrom(content.getValue());
            };
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("a resource does not parse", e);
        }
    }
}
