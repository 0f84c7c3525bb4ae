package dev.quartet.pilot.explain;

import dev.quartet.expressions.NearNames;
import dev.quartet.pilot.explain.Explanation.End;
import dev.quartet.pilot.explain.Explanation.Hop;
import dev.quartet.pilot.explain.Explanation.Outcome;
import dev.quartet.pilot.explain.Explanation.Side;
import dev.quartet.pilot.explain.Explanation.Source;
import dev.quartet.pilot.explain.Explanation.Stage;
import dev.quartet.pilot.explain.Explanation.Step;
import dev.quartet.pilot.node.Proxy;
import dev.quartet.pilot.snapshot.Workload;
import dev.quartet.pilot.translate.Provenance.Check;
import dev.quartet.pilot.translate.Translation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Explains requests, of one snapshot and the proxies that are connected at the time. Costs what the config of the proxies on the way
/// costs to read; nothing is kept. For one thread.
public final class Explainer {
    /// @param trouble why what the proxy has in force may be another config; empty: it is this one
    public record Connected(Proxy proxy, Optional<String> trouble) {}

    private static final double ALL = 100;
    private static final int UNAVAILABLE = 503;

    private final Translation translation;
    private final List<Connected> connected;
    private final Callers callers;
    private final List<String> notes = new ArrayList<>();

    public Explainer(Translation translation, List<Connected> connected) {
        this.translation = translation;
        this.connected = connected;
        this.callers = new Callers(translation, connected);
    }

    /// @param from an instance, a workload or a service whose proxy sends it; empty: it comes from outside to the ingress gateway
    /// @throws UnknownCaller when nobody has that name
    public Explanation explain(String from, Question question) {
        notes.clear();
        var caller = callers.find(from);
        trouble(caller);
        var arrival = Arrival.of(caller, question);
        if (arrival.listener().isEmpty()) {
            return nowhere(caller, question, arrival);
        }
        var walk =
                Walk.of(
                        caller,
                        question,
                        arrival.listener().get(),
                        arrival.connection(),
                        arrival.how(),
                        Optional.empty());
        var outcomes = new ArrayList<Outcome>();
        var hops = new ArrayList<Hop>();
        hops.add(hop(caller, walk.steps()));
        for (var target : walk.targets()) {
            outcomes.add(called(caller, question, target, hops));
        }
        outcomes.addAll(walk.outcomes());
        unknownHost(caller, question, walk);
        return explanation(caller, question, outcomes, walk.mirrors(), hops);
    }

    private Explanation explanation(
            Party caller,
            Question question,
            List<Outcome> outcomes,
            List<String> mirrors,
            List<Hop> hops) {
        return new Explanation(
                translation.snapshot().revision(),
                question.text(),
                caller.proxy().instance(),
                verdict(outcomes),
                outcomes,
                mirrors,
                hops,
                notes.stream().distinct().toList());
    }

    private static String verdict(List<Outcome> outcomes) {
        return outcomes.stream()
                .map(it ->
                        it.percent() >= ALL
                                ? it.text()
                                : RouteDetails.number(it.percent()) + "% " + it.text())
                .collect(Collectors.joining(", "));
    }

    private Explanation nowhere(Party caller, Question question, Arrival arrival) {
        var outcome =
                new Outcome(
                        ALL,
                        arrival.beside() ? End.OUTSIDE : End.CLOSED,
                        null,
                        null,
                        null,
                        null,
                        List.of(),
                        (arrival.beside() ? "past the proxy: " : "closed: ") + arrival.how(),
                        List.of());
        var step = new Step(Stage.LISTENER, "none", arrival.how(), List.of(), List.of(), List.of());
        return explanation(
                caller, question, List.of(outcome), List.of(), List.of(hop(caller, List.of(step))));
    }

    private static Hop hop(Party party, List<Step> steps) {
        return new Hop(
                Side.CALLER,
                party.proxy().instance(),
                party.workload(),
                kind(party),
                party.connected(),
                steps);
    }

    static String kind(Party party) {
        var proxy = party.proxy();
        if (proxy.role() == Proxy.Role.GATEWAY) {
            return "gateway";
        }
        return switch (proxy.interception()) {
            case REDIRECT -> "sidecar that captures traffic";
            case NONE ->
                    proxy.httpProxyPort() == null
                            ? "sidecar"
                            : "sidecar with an HTTP proxy at %s:%d"
                                    .formatted(proxy.address(), proxy.httpProxyPort());
        };
    }

    private void trouble(Party party) {
        if (!party.connected()) {
            notes.add(
                    "no proxy of %s is connected to this Pilot: a sidecar that captures traffic is assumed"
                            .formatted(party.workload()));
        }
        translation
                .patchesOf(party.proxy())
                .forEach((filter, paths) ->
                        notes.add(
                                "EnvoyFilter %s changes what %s gets (%s): what that does to the request is not told here"
                                        .formatted(
                                                filter.namespacedName(),
                                                party.proxy().instance(),
                                                String.join(", ", paths))));
        connected.stream()
                .filter(it -> it.proxy().equals(party.proxy()))
                .findFirst()
                .flatMap(Connected::trouble)
                .ifPresent(it -> notes.add(party.proxy().instance() + " " + it));
    }

    /// One proxy for each workload of a target: what one instance does the others do too.
    private Outcome called(Party caller, Question question, Targets.Target target, List<Hop> hops) {
        var byWorkload = new LinkedHashMap<String, List<Targets.Peer>>();
        var facts = translation.snapshot();
        for (var one : target.called()) {
            var instance = one.endpoint().workload();
            var workload = instance == null ? Optional.<Workload>empty() : facts.workload(instance);
            if (instance != null
                    && workload.isEmpty()
                    && one.speech().transport() == Explanation.Transport.MTLS) {
                notes.add(
                        "%s is written among the endpoints of a service, so what its proxy does is not known here"
                                .formatted(instance));
            }
            workload.ifPresent(it ->
                    byWorkload
                            .computeIfAbsent(
                                    it.namespace() + "/" + it.name() + " " + one.speech(),
                                    _ -> new ArrayList<>())
                            .add(one));
        }
        var refused = new ArrayList<Targets.Peer>();
        var refusals = new ArrayList<Called.Refusal>();
        var checks = new ArrayList<Check>();
        for (var instances : byWorkload.values()) {
            var one = chosen(instances);
            var workload =
                    facts.workload(java.util.Objects.requireNonNull(one.endpoint().workload()))
                            .orElseThrow();
            if (!workload.hasSidecar() && !isConnected(workload.instance())) {
                continue; // the application itself answers
            }
            var party = callers.of(workload);
            trouble(party);
            var called = Called.of(party, question, one, caller);
            if (hops.stream().noneMatch(it -> it.equals(called.hop()))) {
                hops.add(called.hop());
            }
            checks.addAll(called.checks());
            called.refusal()
                    .ifPresent(refusal -> {
                        refused.addAll(instances);
                        refusals.add(refusal);
                    });
        }
        return outcome(question, target, refused, refusals, checks);
    }

    private Targets.Peer chosen(List<Targets.Peer> instances) {
        return instances.stream()
                .filter(it -> isConnected(String.valueOf(it.endpoint().workload())))
                .findFirst()
                .orElse(instances.getFirst());
    }

    private boolean isConnected(String instance) {
        return connected.stream().anyMatch(it -> it.proxy().instance().equals(instance));
    }

    private static Outcome outcome(
            Question question,
            Targets.Target target,
            List<Targets.Peer> refused,
            List<Called.Refusal> refusals,
            List<Check> checks) {
        var outcome = target.outcome();
        if (refusals.isEmpty()) {
            return checks.isEmpty() || !question.scheme().isHttp()
                    ? outcome
                    : with(
                            outcome,
                            outcome.end(),
                            outcome.text() + ", if Mixer lets it (" + rules(checks) + ")",
                            Stream.concat(
                                    outcome.because().stream(),
                                    checks.stream().map(it -> Source.of(it.rule()))));
        }
        var why = refusals.getFirst().why();
        var because =
                Stream.of(
                                refusals.stream().flatMap(it -> it.because().stream()),
                                target.tls().stream(),
                                outcome.because().stream())
                        .flatMap(it -> it);
        if (refused.size() < target.called().size()) {
            return with(
                    outcome,
                    outcome.end(),
                    "%s; %d of the endpoints refuse it: %s"
                            .formatted(outcome.text(), refused.size(), why),
                    because);
        }
        var http = question.scheme().isHttp();
        var answer = refusals.getFirst().status();
        var to = Targets.label(String.valueOf(outcome.cluster()));
        return new Outcome(
                outcome.percent(),
                http ? End.ANSWERED : End.CLOSED,
                http ? answer.orElse(UNAVAILABLE) : null,
                outcome.cluster(),
                null,
                null,
                outcome.endpoints(),
                (http ? answer.orElse(UNAVAILABLE) + ": " : "closed: ")
                        + to
                        + (answer.isPresent() ? " refuses it: " : " refuses the connection: ")
                        + why.replaceFirst("^[0-9]{3}: ", ""),
                because.distinct().toList());
    }

    private static String rules(List<Check> checks) {
        return checks.stream()
                .map(it -> it.rule().resource().toString())
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static Outcome with(Outcome outcome, End end, String text, Stream<Source> because) {
        return new Outcome(
                outcome.percent(),
                end,
                outcome.status(),
                outcome.cluster(),
                outcome.location(),
                outcome.body(),
                outcome.endpoints(),
                text,
                because.distinct().toList());
    }

    /// A host that nobody has is often a mistyped one.
    private void unknownHost(Party caller, Question question, Walk.Result walk) {
        var unknown =
                walk.steps().stream()
                        .anyMatch(it ->
                                it.stage() == Stage.HOST
                                        && (it.name().equals("allow_any")
                                                || it.name().equals("block_all")));
        if (!unknown || caller.proxy().role() == Proxy.Role.GATEWAY) {
            return;
        }
        var service = Arrival.service(caller, question);
        if (service.isPresent()) {
            var ports =
                    service.get().ports().stream()
                            .map(it -> String.valueOf(it.number()))
                            .collect(Collectors.joining(", "));
            notes.add(
                    service.get().port(question.port()).isEmpty()
                            ? "%s has no port %d; it has %s"
                                    .formatted(service.get().host(), question.port(), ports)
                            : "the host must be written as %s:%d"
                                    .formatted(question.host(), question.port()));
            return;
        }
        var byForm = new TreeMap<String, String>();
        for (var host : caller.provenance().hosts()) {
            byForm.put(host, host);
            var dot = host.indexOf('.');
            if (dot > 0 && host.endsWith(".svc.cluster.local")) {
                byForm.putIfAbsent(host.substring(0, dot), host);
            }
        }
        notes.add(
                "no service that %s sees has the host %s%s"
                        .formatted(
                                caller.proxy().instance(),
                                question.host(),
                                NearNames.of(question.host(), byForm.keySet())
                                        .map(near -> "; did you mean " + near + "?")
                                        .orElse("")));
    }
}
