package dev.quartet.pilot.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quartet.pilot.explain.Explanation;
import dev.quartet.pilot.explain.Explanation.End;
import dev.quartet.pilot.explain.Explanation.Stage;
import dev.quartet.pilot.explain.Question;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What Pilot says of a request against what Envoy did with it: the clusters that it was sent to, the endpoint that answered, and what
/// the proxy answered itself. Where chance decides, what happened is among what is said, and what is said often happens.
final class ExplainAgreement {
    /// The counters of a cluster that rise when a request or a connection comes to it, whatever becomes of that.
    private static final Pattern COUNTER =
            Pattern.compile(
                    "cluster\\.(.+)\\.(upstream_rq_total|upstream_cx_total|upstream_cx_none_healthy|upstream_rq_pending_overflow)");

    private static final Pattern TUNNEL = Pattern.compile("^through a tunnel to (\\S+),");

    /// So many requests are enough that what is said of a quarter of them has happened.
    private static final int MANY = 40;

    private static final double OFTEN = 25;

    private final TrafficProxy proxy;
    private final Upstreams upstreams;
    private final TrafficCase.Request request;
    private final Set<String> earlierCopies;
    private final Map<String, Long> before;

    /// @param earlierCopies clusters that get copies of earlier requests, which may come late
    ExplainAgreement(
            TrafficProxy proxy,
            Upstreams upstreams,
            TrafficCase.Request request,
            Set<String> earlierCopies) {
        this.proxy = proxy;
        this.upstreams = upstreams;
        this.request = request;
        this.earlierCopies = Set.copyOf(earlierCopies);
        this.before = counters();
    }

    /// @return the clusters that get copies of this one
    Set<String> check(TrafficCase example, TrafficClient.Attempt attempt) {
        var said = proxy.explain(question());
        var what =
                "%s: explain and Envoy about %s %s%nsaid: %s%nof clusters %s%nEnvoy: %s to %s"
                        .formatted(
                                example.file(),
                                request.method(),
                                request.url(),
                                said.verdict(),
                                clusters(said),
                                attempt.summary(),
                                risen());
        if (isRefusedByTls(said, attempt)) {
            // Envoy may have connected before the handshake ended
            assertThat(clusters(said)).as(what).containsAll(risen());
            return Set.of();
        }
        if (isRefusedForItsToken(said, attempt)) {
            assertThat(risen()).as(what).isEmpty();
            return Set.of();
        }
        for (var answer : attempt.answers()) {
            assertThat(said.outcomes())
                    .as(what)
                    .anyMatch(outcome -> cameTrue(said, outcome, answer));
        }
        var allowed = new HashSet<>(clusters(said));
        allowed.addAll(said.mirrors());
        allowed.addAll(earlierCopies);
        assertThat(allowed).as(what).containsAll(risen());
        for (var outcome : said.outcomes()) {
            var certain = outcome.percent() >= 100;
            var often = request.times() >= MANY && outcome.percent() >= OFTEN;
            if ((certain || often) && outcome.cluster() != null) {
                assertThat(risen()).as(what).contains(outcome.cluster());
            }
        }
        sourcesAreTold(said, what);
        return Set.copyOf(said.mirrors());
    }

    /// Nothing of a request says how its client's TLS will be taken: what is asked of it is told.
    private boolean isRefusedByTls(Explanation said, TrafficClient.Attempt attempt) {
        return !request.sni().isEmpty()
                && attempt.answers().stream().allMatch(it -> it.status() == 0)
                && said.hops().getFirst().steps().stream()
                        .filter(step -> step.stage() == Stage.CONNECTION)
                        .flatMap(step -> step.details().stream())
                        .anyMatch(detail -> detail.text().startsWith("TLS ends here"));
    }

    /// Whether a token is good only the proxy knows; that it has to be is told.
    private static boolean isRefusedForItsToken(Explanation said, TrafficClient.Attempt attempt) {
        return attempt.answers().stream()
                        .allMatch(it -> it.headers().containsKey("www-authenticate"))
                && said.hops().getFirst().steps().stream()
                        .filter(step -> step.stage() == Stage.POLICY)
                        .anyMatch(step -> step.text().startsWith("its token has to be good"));
    }

    /// Of a route that is a VirtualService's its field is told, in that very VirtualService.
    private void sourcesAreTold(Explanation said, String what) {
        var steps = said.hops().getFirst().steps();
        var host = steps.stream().filter(step -> step.stage() == Stage.HOST).findFirst();
        var route = steps.stream().filter(step -> step.stage() == Stage.ROUTE).findFirst();
        if (host.isEmpty() || route.isEmpty() || route.get().name().equals("none")) {
            return;
        }
        var routedBy = proxy.routedBy(host.get().name());
        if (!routedBy.isEmpty()) {
            assertThat(route.get().because())
                    .as(what)
                    .singleElement()
                    .satisfies(it -> {
                        assertThat(it.kind()).isEqualTo("VirtualService");
                        assertThat(it.path()).startsWith("spec.http[");
                        assertThat(routedBy).contains(it.namespace() + "/" + it.name());
                    });
        }
    }

    private Question question() {
        var url = request.url();
        return Question.of(
                request.method().equals("GRPC") ? url.replaceFirst("^http", "grpc") : url,
                switch (request.method()) {
                    case "GRPC" -> "";
                    case "WEBSOCKET" -> "GET";
                    default -> request.method();
                },
                request.headers(),
                request.through().isEmpty() && proxy.isGateway()
                        ? "%s:%d"
                                .formatted(
                                        proxy.address().getHostString(), proxy.address().getPort())
                        : upstreams.placed(request.through()),
                request.sni());
    }

    /// Who answers: the endpoints, or whom a tunnel leads to behind them.
    private Stream<String> reached(Explanation said, Explanation.Outcome outcome) {
        var tunnels =
                said.hops().getFirst().steps().stream()
                        .filter(step -> step.stage() == Stage.CONNECTION)
                        .flatMap(step -> step.details().stream())
                        .map(detail -> TUNNEL.matcher(detail.text()))
                        .filter(Matcher::find)
                        .map(found -> found.group(1))
                        .toList();
        return (tunnels.isEmpty()
                        ? outcome.endpoints().stream().map(endpoint -> endpoint.address())
                        : tunnels.stream())
                .map(upstreams::at);
    }

    private boolean cameTrue(
            Explanation said, Explanation.Outcome outcome, TrafficClient.Answer answer) {
        var named = !answer.from().equals("nobody");
        var byServer = named || answer.headers().containsKey("x-envoy-upstream-service-time");
        return switch (outcome.end()) {
            case FORWARDED ->
                    named
                            ? reached(said, outcome).anyMatch(answer.from()::equals)
                            : byServer || isBroken(answer);
            case OUTSIDE -> byServer || isBroken(answer);
            case ANSWERED ->
                    !byServer
                            && statusIs(outcome, answer)
                            && (outcome.body() == null
                                    || request.method().equals("HEAD")
                                    || answer.body().contains(outcome.body().strip()));
            case REDIRECTED ->
                    !byServer
                            && statusIs(outcome, answer)
                            && String.valueOf(outcome.location())
                                    .equals(answer.headers().get("location"));
            case CLOSED -> !byServer && answer.status() == 0;
        };
    }

    /// Of gRPC the harness sees the other status.
    private boolean statusIs(Explanation.Outcome outcome, TrafficClient.Answer answer) {
        return request.method().equals("GRPC")
                || Integer.valueOf(answer.status()).equals(outcome.status());
    }

    /// The server was to answer, and the proxy had to, or an upgrade shows nobody.
    private boolean isBroken(TrafficClient.Answer answer) {
        return request.method().equals("GRPC")
                || request.method().equals("WEBSOCKET")
                || answer.headers().containsKey("grpc-status")
                || answer.status() == 0
                || answer.status() == 408
                || answer.status() == 429
                || answer.status() >= 500;
    }

    private static Set<String> clusters(Explanation said) {
        return said.outcomes().stream()
                .filter(outcome -> outcome.end() != End.REDIRECTED)
                .map(Explanation.Outcome::cluster)
                .filter(cluster -> cluster != null)
                .map(String::valueOf)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> risen() {
        var risen = new TreeSet<String>();
        counters()
                .forEach((cluster, count) -> {
                    if (count > before.getOrDefault(cluster, 0L)) {
                        risen.add(cluster);
                    }
                });
        return risen;
    }

    private Map<String, Long> counters() {
        var counters = new TreeMap<String, Long>();
        var named = proxy.clustersByStatName();
        var fetched = proxy.clustersOfIssuers(); // keys are fetched when it is time to
        proxy.envoy()
                .stats("upstream_")
                .forEach((name, value) -> {
                    var counter = COUNTER.matcher(name);
                    if (counter.matches()
                            && !ofTheMesh(counter.group(1))
                            && !fetched.contains(counter.group(1))) {
                        var cluster = named.getOrDefault(counter.group(1), counter.group(1));
                        counters.merge(cluster, value, Long::sum);
                    }
                });
        return counters;
    }

    private static boolean ofTheMesh(String cluster) {
        return cluster.startsWith("xds")
                || cluster.startsWith("sds")
                || cluster.startsWith("mixer");
    }
}
