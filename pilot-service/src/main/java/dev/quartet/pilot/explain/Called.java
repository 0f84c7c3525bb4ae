package dev.quartet.pilot.explain;

import dev.quartet.pilot.explain.Explanation.Detail;
import dev.quartet.pilot.explain.Explanation.End;
import dev.quartet.pilot.explain.Explanation.Hop;
import dev.quartet.pilot.explain.Explanation.Side;
import dev.quartet.pilot.explain.Explanation.Source;
import dev.quartet.pilot.explain.Explanation.Stage;
import dev.quartet.pilot.explain.Explanation.Step;
import dev.quartet.pilot.explain.Explanation.Transport;
import dev.quartet.pilot.snapshot.PeerMode;
import dev.quartet.pilot.translate.Provenance.Check;
import dev.quartet.pilot.translate.Provenance.Inbound;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/// What the proxy of a called workload does with a request that another proxy sends.
///
/// @param refusal why it does not come through; empty: it does
/// @param checks rules of Mixer that decide over it
record Called(Hop hop, Optional<Refusal> refusal, List<Check> checks) {
    /// Filters that make Envoy ask Mixer, by what an unreachable Mixer means.
    private static final String CLOSED = "mixer.closed";

    private static final String OPEN = "mixer.open";

    /// @param status of the answer; empty: the connection is refused
    record Refusal(String why, List<Source> because, OptionalInt status) {
        Refusal(String why, List<Source> because) {
            this(why, because, OptionalInt.empty());
        }
    }

    static Called of(Party party, Question question, Targets.Peer from, Party caller) {
        var captured = party.isCaptured();
        var listener =
                captured
                        ? party.resources().listeners().stream()
                                .filter(it -> it.getName().equals("virtualInbound"))
                                .findFirst()
                        : Arrival.find(party, from.ip(), from.port());
        var kind = Explainer.kind(party);
        if (listener.isEmpty()) {
            var why =
                    "its proxy does not listen at %s: it is part of no service that has the port"
                            .formatted(from.endpoint().address());
            return new Called(
                    hop(party, kind, List.of(step(Stage.LISTENER, "none", why, List.of()))),
                    Optional.of(new Refusal(why, List.of())),
                    List.of());
        }
        var speech = from.speech();
        var own =
                speech.transport() == Transport.PLAINTEXT
                        && (question.scheme().isTls() || question.sni().isPresent());
        var connection =
                new FilterChains.Connection(
                        Optional.of(from.ip()),
                        from.port(),
                        own || speech.transport() != Transport.PLAINTEXT,
                        own ? question.sni().orElse("") : speech.sni(),
                        own ? Arrival.alpn(question) : speech.alpn(),
                        question.scheme().isHttp(),
                        Optional.of(caller.proxy().address()),
                        own);
        var how =
                captured
                        ? "captured on its way to " + from.endpoint().address()
                        : "the caller's proxy connects to " + from.endpoint().address();
        var principal =
                speech.transport() == Transport.MTLS
                        ? caller.facts()
                                .workload(caller.proxy().instance())
                                .map(it -> caller.facts().mesh().principal(it.account()))
                        : Optional.<String>empty();
        var walk = Walk.of(party, question, listener.get(), connection, how, principal);
        var inbound = party.provenance().inbound(from.port());
        var steps = new ArrayList<Step>();
        for (var step : walk.steps()) {
            switch (step.stage()) {
                case LISTENER ->
                        steps.add(
                                new Step(
                                        step.stage(),
                                        step.name(),
                                        step.text(),
                                        Party.sources(inbound.flatMap(Inbound::ingress)),
                                        step.details(),
                                        step.passed()));
                case CONNECTION -> steps.add(connection(step, speech, own, inbound));
                case CLUSTER -> {
                    policy(inbound, walk, steps);
                    steps.add(application(step, inbound, walk));
                }
                case POLICY -> steps.add(step);
                case HOST, ROUTE, APPLICATION -> {
                    // one for all requests, so there is nothing to say
                }
            }
        }
        var refusal =
                walk.targets().isEmpty()
                        ? Optional.of(refusal(walk, inbound, speech))
                        : Optional.<Refusal>empty();
        return new Called(
                hop(party, kind, steps), refusal, inbound.map(Inbound::checks).orElse(List.of()));
    }

    private static Hop hop(Party party, String kind, List<Step> steps) {
        return new Hop(
                Side.CALLED,
                party.proxy().instance(),
                party.workload(),
                kind,
                party.connected(),
                steps);
    }

    private static Step step(Stage stage, String name, String text, List<Source> because) {
        return new Step(stage, name, text, because, List.of(), List.of());
    }

    private static Step connection(
            Step step, Targets.Speech speech, boolean own, Optional<Inbound> inbound) {
        var peers = Party.sources(inbound.flatMap(Inbound::peers));
        var text =
                step.name().equals("none")
                        ? step.text()
                        : switch (speech.transport()) {
                            case MTLS -> "mTLS: the caller shows a certificate of the mesh";
                            case TLS -> "TLS";
                            case PLAINTEXT ->
                                    own
                                            ? "TLS that the client began itself"
                                            : "plaintext, of a caller whom nobody knows";
                        };
        return new Step(
                step.stage(),
                step.name(),
                text,
                peers,
                Stream.concat(step.details().stream(), inbound.map(Called::asked).stream())
                        .toList(),
                step.passed());
    }

    /// What is asked of callers.
    private static Detail asked(Inbound inbound) {
        var tls = inbound.tls();
        var mode = inbound.mode();
        if (tls.isPresent() && mode == PeerMode.PERMISSIVE) {
            return new Detail(
                    "peers need a certificate of the mesh (PERMISSIVE): TLS of the port's own is written, and not in force",
                    Party.sources(tls));
        }
        return switch (mode) {
            case STRICT -> new Detail("peers need a certificate of the mesh (STRICT)", List.of());
            case PERMISSIVE ->
                    new Detail(
                            "peers need no certificate of the mesh (PERMISSIVE)"
                                    + (inbound.peers().isEmpty() ? ", the default" : ""),
                            List.of());
            case DISABLE ->
                    new Detail(
                            tls.isPresent()
                                    ? "the port has TLS of its own (DISABLE)"
                                    : "peers need no certificate of the mesh (DISABLE)",
                            Party.sources(tls));
        };
    }

    private static void policy(Optional<Inbound> inbound, Walk.Result walk, List<Step> steps) {
        var on =
                walk.route()
                        .<Set<String>>map(it -> it.getTypedPerFilterConfigMap().keySet())
                        .orElse(Set.of());
        var checks = inbound.map(Inbound::checks).orElse(List.of());
        if (walk.route().isEmpty()) {
            return; // bytes are not checked
        }
        if (!on.contains(CLOSED) && !on.contains(OPEN)) {
            steps.add(
                    step(
                            Stage.POLICY,
                            "none",
                            "Mixer is not asked: no rule can match a request to it",
                            List.of()));
            return;
        }
        steps.add(
                new Step(
                        Stage.POLICY,
                        on.contains(CLOSED) ? CLOSED : OPEN,
                        "Mixer is asked first; where it does not answer, the request %s"
                                .formatted(
                                        on.contains(CLOSED)
                                                ? "is refused (503)"
                                                : "goes on (fail open)"),
                        List.of(),
                        checks.stream()
                                .map(it ->
                                        new Detail(
                                                it.always()
                                                        ? "matches every request to it"
                                                        : "matches if "
                                                                + it.match().orElse("it applies"),
                                                List.of(Source.of(it.rule()))))
                                .toList(),
                        List.of()));
    }

    private static Step application(Step step, Optional<Inbound> inbound, Walk.Result walk) {
        var to =
                walk.targets().stream()
                        .flatMap(it -> it.outcome().endpoints().stream())
                        .map(it -> it.address())
                        .findFirst();
        return new Step(
                Stage.APPLICATION,
                step.name(),
                to.map(it -> "the application at " + it)
                        .orElse("a port that no service has: it is passed on to the application"),
                Party.sources(
                        Stream.concat(
                                inbound.flatMap(Inbound::ingress).stream(),
                                inbound
                                        .flatMap(it -> it.service().origin())
                                        .map(dev.quartet.pilot.translate.Origin::of)
                                        .stream())),
                List.of(),
                List.of());
    }

    private static Refusal refusal(
            Walk.Result walk, Optional<Inbound> inbound, Targets.Speech speech) {
        var mtlsOnly =
                inbound.filter(it ->
                        it.mode() == PeerMode.STRICT
                                || it.mode() == PeerMode.PERMISSIVE && it.tls().isPresent());
        if (mtlsOnly.isPresent() && speech.transport() != Transport.MTLS) {
            return new Refusal(
                    "it takes mTLS only (%s), and the caller speaks %s"
                            .formatted(mtlsOnly.get().mode(), speech.transport().words()),
                    Party.sources(mtlsOnly.get().peers().or(mtlsOnly.get()::tls)));
        }
        var outcome = walk.outcomes().stream().findFirst();
        var answered = outcome.filter(it -> it.end() == End.ANSWERED && it.status() != null);
        if (answered.isPresent()) {
            return new Refusal(
                    answered.get().text(),
                    answered.get().because(),
                    OptionalInt.of(Objects.requireNonNull(answered.get().status())));
        }
        return new Refusal(
                outcome.filter(it -> it.end() != End.FORWARDED)
                        .map(it -> it.text())
                        .orElse("it does not come through"),
                outcome.map(it -> it.because()).orElse(List.of()));
    }
}
