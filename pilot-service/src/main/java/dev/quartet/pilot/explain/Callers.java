package dev.quartet.pilot.explain;

import dev.quartet.expressions.NearNames;
import dev.quartet.pilot.node.HttpOptions;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.MeshSnapshot;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.pilot.translate.Translation;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Finds the proxy that a name means, and stands in for one that is not connected here.
final class Callers {
    private final Translation translation;
    private final MeshSnapshot facts;
    private final List<Explainer.Connected> connected;
    private @Nullable Translation apart;

    Callers(Translation translation, List<Explainer.Connected> connected) {
        this.translation = translation;
        this.facts = translation.snapshot();
        this.connected =
                connected.stream()
                        .sorted(Comparator.comparing(it -> it.proxy().instance()))
                        .toList();
    }

    /// @param name an instance, a workload, a service, each with its namespace or without; empty: the ingress gateway
    /// @throws UnknownCaller when it means none
    Party find(String name) {
        return (name.isEmpty() ? gateway() : named(name)).orElseThrow(() -> unknown(name));
    }

    private Optional<Party> gateway() {
        return connected.stream()
                .map(Explainer.Connected::proxy)
                .filter(it -> it.role() == Proxy.Role.GATEWAY)
                .findFirst()
                .map(it -> Party.of(it, true, translation));
    }

    private Optional<Party> named(String name) {
        var connection =
                connected.stream()
                        .map(Explainer.Connected::proxy)
                        .filter(it -> means(name, it.instance(), workload(it), it.namespace()))
                        .findFirst();
        if (connection.isPresent()) {
            return connection.map(it -> Party.of(it, true, translation));
        }
        var workload =
                facts.workloads().stream()
                        .filter(it -> means(name, it.instance(), it.name(), it.namespace()))
                        .findFirst()
                        .or(() -> ofService(name));
        return workload.map(this::of);
    }

    private Optional<Workload> ofService(String name) {
        return facts.services().byHost().entrySet().stream()
                .filter(it ->
                        it.getKey().equals(name)
                                || it.getKey().startsWith(name + ".")
                                        && it.getKey().endsWith(".svc.cluster.local"))
                .flatMap(it ->
                        it.getValue().stream()
                                .flatMap(entry ->
                                        facts.service(it.getKey(), entry.namespace()).stream()))
                .flatMap(service -> facts.workloads(service).stream())
                .min(
                        Comparator.comparing((Workload it) -> !isConnected(it.instance()))
                                .thenComparing(Workload::instance));
    }

    private String workload(Proxy proxy) {
        return facts.workload(proxy.instance()).map(Workload::name).orElse(proxy.workload());
    }

    private static boolean means(String name, String instance, String workload, String namespace) {
        return name.equals(instance)
                || name.equals(workload)
                || name.equals(namespace + "/" + workload)
                || name.equals(workload + "." + namespace)
                || instance.equals(name + "." + namespace);
    }

    private boolean isConnected(String instance) {
        return connected.stream().anyMatch(it -> it.proxy().instance().equals(instance));
    }

    /// The workload's own proxy, or one as it probably is.
    Party of(Workload workload) {
        return connected.stream()
                .map(Explainer.Connected::proxy)
                .filter(it -> it.instance().equals(workload.instance()))
                .findFirst()
                .map(it -> Party.of(it, true, translation))
                .orElseGet(() -> Party.of(assumed(workload), false, apart()));
    }

    /// What nobody has asked for stays out of the pieces that are kept for proxies, and its problems out of the status.
    private Translation apart() {
        var made = apart;
        if (made == null) {
            made = Translation.of(facts);
            apart = made;
        }
        return made;
    }

    private static Proxy assumed(Workload workload) {
        return new Proxy(
                "",
                Proxy.Role.SIDECAR,
                workload.namespace(),
                workload.serviceAccount(),
                workload.instance(),
                workload.name(),
                List.of(workload.address()),
                Proxy.Interception.REDIRECT,
                null,
                null,
                new TreeMap<>(),
                HttpOptions.USUAL,
                workload.place(),
                "",
                new TreeMap<>());
    }

    private UnknownCaller unknown(String name) {
        if (name.isEmpty()) {
            return new UnknownCaller(
                    "no gateway is connected to this Pilot, so it must be said from where the request comes",
                    "say it with \"from\" (--from): " + some());
        }
        var near = NearNames.of(name, names());
        return new UnknownCaller(
                "there is no proxy and no workload \"%s\"".formatted(name),
                near.map(it -> "did you mean " + it + "? ").orElse("") + "known are " + some());
    }

    private TreeSet<String> names() {
        var names = new TreeSet<String>();
        connected.forEach(it -> names.add(workload(it.proxy())));
        facts.workloads().forEach(it -> names.add(it.name()));
        return names;
    }

    private String some() {
        var names = names();
        return names.isEmpty()
                ? "none so far"
                : String.join(", ", names.stream().limit(12).toList())
                        + (names.size() > 12 ? ", …" : "");
    }
}
