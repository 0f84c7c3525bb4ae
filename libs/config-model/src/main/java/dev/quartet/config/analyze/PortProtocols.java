package dev.quartet.config.analyze;

import static dev.quartet.config.schema.Names.quoted;

import dev.quartet.config.FieldPath;
import dev.quartet.config.Reason;
import dev.quartet.config.networking.Protocol;
import dev.quartet.config.networking.ServiceEntry;
import dev.quartet.expressions.NearNames;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Ports of which nothing says what they speak, with the guess that is made.
final class PortProtocols implements Analyzer {
    private static final List<String> WORDS =
            Arrays.stream(Protocol.values())
                    .map(protocol -> protocol.label().toLowerCase(Locale.ROOT))
                    .toList();

    private static final String GUESS =
            "so callers find out by the first bytes, and the called side carries it as TCP, without checks and metrics of"
                    + " requests";

    @Override
    public Set<Reason> reasons() {
        return Set.of(Reason.UNCLEAR_PROTOCOL);
    }

    @Override
    public void look(Scene scene, Report problems) {
        for (var service : scene.services()) {
            if (service.source() instanceof MeshService.Source.Kube(var kube)
                    && !kube.alias()
                    && !service.namespace().startsWith("kube-")
                    && !isApiServer(service)) {
                service.ports().stream()
                        .filter(port -> port.spoken().isEmpty())
                        .forEach(port ->
                                problems.add(
                                        Reason.UNCLEAR_PROTOCOL,
                                        kube.object(),
                                        FieldPath.SPEC
                                                .field("ports")
                                                .index(port.index())
                                                .field("name"),
                                        fault(port),
                                        fix(port, "set appProtocol")));
            }
        }
        for (var entry : scene.all(ServiceEntry.class)) {
            MeshService.of(entry.read(), entry.spec()).stream()
                    .limit(1) // all hosts have the same ports
                    .flatMap(service -> service.ports().stream())
                    .filter(port -> port.spoken().isEmpty())
                    .forEach(port ->
                            problems.add(
                                    Reason.UNCLEAR_PROTOCOL,
                                    entry,
                                    FieldPath.SPEC
                                            .field("ports")
                                            .index(port.index())
                                            .field("protocol"),
                                    fault(port),
                                    fix(port, "add protocol")));
        }
    }

    /// Every cluster has it, and nobody can change it.
    private static boolean isApiServer(MeshService service) {
        return service.host().equals("kubernetes.default.svc.cluster.local");
    }

    private static String fault(MeshService.Port port) {
        return port.name().isEmpty()
                ? "port " + port.number() + " has no name, " + GUESS
                : "the name "
                        + quoted(port.name())
                        + " of port "
                        + port.number()
                        + " begins with no protocol, "
                        + GUESS;
    }

    private static String fix(MeshService.Port port, String other) {
        int dash = port.name().indexOf('-');
        var begin = dash < 0 ? port.name() : port.name().substring(0, dash);
        var rest = dash < 0 ? "" : port.name().substring(dash);
        return NearNames.of(begin, WORDS)
                .map(near -> "did you mean " + near + rest + "?")
                .orElse(
                        "call it "
                                + (port.name().isEmpty() ? "http" : "http-" + port.name())
                                + " if it speaks HTTP, or "
                                + other);
    }
}
